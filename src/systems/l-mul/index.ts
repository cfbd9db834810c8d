/**
 * L-Mul: multiplication as one integer addition of bit patterns (Luo and Sun, "Addition is All You Need for
 * Energy-efficient Language Models", arXiv 2410.00907, 2024), bit for bit as the definition has it.
 * @module
 */
export { lmulAttention } from "./attention.js";
export {
  type AttentionGradientOptions,
  type AttentionGradients,
  lmulAttentionGradients,
} from "./attention-gradients.js";
export type { LMulAttentionOptions } from "./attention-params.js";
export {
  type BaselineAttentionOptions,
  type BaselineMatmulOptions,
  baselineAttention,
  baselineMatmul,
  fp8Multiply,
  type Quantized,
  quantize,
} from "./baseline.js";
export { bestConstant, correctionTable, type TableBits } from "./correction-table.js";
export { adderGates, type EnergyComparison, energy, energyPj, lmulGates, multiplierGates } from "./cost-model.js";
export { lmulDot } from "./dot.js";
export { type ErrorStatistics, errorStatistics, type Histogram, type StatisticsOptions } from "./error-statistics.js";
export { type OperandDType, operandDTypes } from "./format.js";
export {
  type GradientMode,
  type GradientOptions,
  type Gradients,
  gradientModes,
  lmulGradients,
  lmulMatmulGradients,
} from "./gradients.js";
export { lmulLinear } from "./linear.js";
export { lmul } from "./lmul.js";
export { type LMulMatmulOptions, lmulMatmul } from "./matmul.js";
export { type Accumulate, accumulateModes, type LMulOptions, type LMulSumOptions } from "./options.js";
export { lmulNumber } from "./product.js";
export { attentionError, normalMse, uniformError } from "./published.js";
export { countZeros, rawZeros } from "./raw-zeros.js";
export { defaultL, offsetBits } from "./rule.js";
export { lmulSlope } from "./slope.js";
export { approximationError, publishedTable7, truncationError } from "./theory.js";
