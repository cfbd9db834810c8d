/** Figures that this system is compared with: the paper's where it prints them, else recomputed by independent scripts. */

/**
 * Mean squared error of the product of two independent N(0, 1) numbers, over that of E4M3 multiplication (1.4092e-3),
 * recomputed over 32 million pairs. Rows by k; columns l = 2..6 with truncated operands, then rounded ones with l = 4.
 */
export const normalMse = {
  e4m3: 1.4092e-3,
  e5m2Ratio: 3.96,
  columns: [2, 3, 4, 5, 6],
  truncated: {
    7: [14.5, 2.13, 0.677, 0.971, 1.36],
    6: [13.33, 1.81, 0.701, 1.16, 1.62],
    5: [11.21, 1.32, 0.893, 1.66, 2.26],
    4: [7.75, 0.959, 1.82, 3.14, 4.03],
    3: [3.73, 2.46, 5.48, 7.89, 9.31],
    2: [5.08, 12.0, 18.8, 23.0, 25.3],
  },
  rounded: { 7: 0.706, 6: 0.716, 5: 0.757, 4: 0.923, 3: 1.546, 2: 4.12 },
} as const;

/** Relative error over all pairs of exactly k-bit mantissas: mean, rms, min, max in either form (recomputed). */
export const uniformError = {
  carry: {
    1: [0.375, 0.381881, 0.333333, 0.5],
    2: [0.146736, 0.153409, 0.066667, 0.25],
    3: [0.049299, 0.060236, -0.030303, 0.125],
    4: [0.048728, 0.058713, -0.032136, 0.125],
    5: [0.004127, 0.031114, -0.072884, 0.0625],
    6: [0.004093, 0.030991, -0.072884, 0.0625],
    7: [0.004085, 0.03096, -0.072884, 0.0625],
    10: [0.004082, 0.03095, -0.072884, 0.0625],
  },
  linear: {
    1: [0.319444, 0.348055, 0.111111, 0.5],
    2: [0.08639, 0.13199, -0.102041, 0.25],
    3: [-0.00965, 0.081431, -0.182222, 0.125],
    4: [-0.021834, 0.083449, -0.200832, 0.125],
    5: [-0.058674, 0.092796, -0.226002, 0.0625],
    6: [-0.061398, 0.094451, -0.230206, 0.0625],
    7: [-0.062763, 0.09529, -0.232295, 0.0625],
    10: [-0.063959, 0.096031, -0.234116, 0.0625],
  },
} as const;

/**
 * Attention over 64 near-normal vectors of 32 components, no mask: relative Frobenius error against double precision
 * (recomputed, tolerance 2 %).
 */
export const attentionError = {
  lmulF32: 0.0433,
  lmulTrunc4: 0.0516,
  lmulTrunc3: 0.0953,
  e4m3: 0.056,
  e5m2: 0.098,
  bf16: 0.0033,
  frobeniusNorm: 9.241771,
} as const;
