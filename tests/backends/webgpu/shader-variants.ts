/**
 * Every shader with the values that its operation may ask for. The front end looks at all branches whatever the constants
 * are, so they are varied one at a time, and together only where they meet in one expression or type.
 */
import type { Dispatch } from "../../../src/backends/webgpu/run.js";
import { binaryTable } from "../../../src/ops/elementwise/binary-table.js";
import { unaryTable } from "../../../src/ops/elementwise/unary-table.js";
import { foldCodes } from "../../../src/ops/reduce/cpu.js";
import type { LMulOptions } from "../../../src/systems/l-mul/options.js";
import { resolveRule } from "../../../src/systems/l-mul/rule.js";
import { type RuleUse, ruleConstants } from "../../../src/systems/l-mul/rule-block.js";

export type Variant = Pick<Dispatch, "constants" | "features">;
type Value = number | string;

export const matrixFeatures = ["shader-f16", "subgroups", "chromium-experimental-subgroup-matrix"] as const;

const codes = (table: Record<string, { code: number }>) => Object.values(table).map(({ code }) => code);
const upTo = (last: number) => Array.from({ length: last + 1 }, (_, i) => i);
/** f16, bf16, i32, u32, f32 of src/ops/support/formats.ts; `stored` are all but f64. */
const arithmetic = [0, 1, 6, 7, 8];
const stored = upTo(8);
const quadScans = { OP: upTo(2), FORMAT: [8, 6, 7], LANES: [256] };
const scans = { RESETS: upTo(3), RUN: [16] };
const walks = { WALK_A: upTo(2), WALK_B: upTo(2) };
const lanes = [1, 16, 256];
const activations = { ACTIVATION: [4, 21, 23, 24, 26] };
const attention = { FORMAT: [0, 1] };
/** Invocations that share a channel's states, and states of each. */
const selective = { LANES: [1, 8, 16], PER: [1, 2, 4] };
const lmulFormats = upTo(4);
/** Tokens staged at a time; fewer with more channels, which are tried together below. */
const lightnet = { ROW: [1, 64], TOKENS: [8] };
const operands = (...names: string[]) => Object.fromEntries(names.map((name) => [`${name}_FORMAT`, [0, 1]]));

/** Values of each constant that is no flag. */
export const values: Readonly<Record<string, Readonly<Record<string, readonly Value[]>>>> = {
  arg: { FORMAT: arithmetic },
  attention: { ...attention, COLUMN_BLOCKS: [2, 8], FORMAT_O: [0, 1] },
  "attention-backward-keys": { ...attention, K_BLOCKS: [2, 4], V_BLOCKS: [2, 4] },
  "attention-backward-queries": { ...attention, COLUMN_BLOCKS: [2, 4] },
  "attention-merge": { FORMAT_O: [0, 1] },
  binary: { OP: codes(binaryTable), FORMAT: arithmetic, ...walks },
  cast: { FROM: stored, TO: stored },
  compare: { OP: upTo(3), FORMAT: stored, ...walks },
  gather: { FORMAT: stored },
  "l-mul-attention": { Q_FORMAT: lmulFormats, K_FORMAT: lmulFormats, V_FORMAT: lmulFormats },
  "l-mul-elementwise": { A_FORMAT: lmulFormats, B_FORMAT: lmulFormats, RESULT_BYTES: [1], AXES: [2, 13] },
  "l-mul-matmul": { A_FORMAT: lmulFormats, B_FORMAT: lmulFormats, AXES: [2, 12] },
  "l-mul-slope-sums": { X_FORMAT: lmulFormats, Y_FORMAT: lmulFormats },
  ...Object.fromEntries(["filter", "filter-gradients"].map((name) => [`lightnet-${name}`, { TERMS: [2, 16] }])),
  ...Object.fromEntries(
    ["back-finish", "back-start", "finish", "scan", "start"].map((name) => [`lightnet-${name}`, { ROW: [1, 64] }]),
  ),
  ...Object.fromEntries(
    ["columns", "back-columns"].map((name) => [`lightnet-${name}`, { ...lightnet, KEYS: [2, 16] }]),
  ),
  ...Object.fromEntries(["rows", "back-rows"].map((name) => [`lightnet-${name}`, { ...lightnet, ROW: [1, 16] }])),
  matmul: { FORMAT_A: stored, FORMAT_B: stored, ...activations },
  "matmul-matrix": activations,
  "matmul-quads": { WARPS_M: [4], WARPS_N: [1], ...activations },
  move: { FORMAT: stored, OUTSIDE: upTo(2) },
  norm: { LANES: lanes },
  "norm-quads": { LANES: lanes, KEPT: [1, 8] },
  random: { KIND: upTo(3) },
  "recurrence-delta-steps": { ROWS: [1, 2, 8, 16] },
  "recurrence-states": { ROWS: [128], QUADS: [2] },
  reduce: {
    OP: codes(Object.fromEntries(Object.entries(foldCodes).map(([name, code]) => [name, { code }]))),
    FORMAT: arithmetic,
  },
  "recurrence-bonus-gradients": operands("X", "Z"),
  "recurrence-contributions": { ...operands("X", "Z"), COLUMN_BLOCKS: [2, 4] },
  "recurrence-row-products": operands("X", "Y"),
  "recurrence-scalar-gate-gradients": operands("X", "Y", "Z"),
  "recurrence-scalar-gates": { GATE: upTo(3), FORMAT: [0, 1] },
  "recurrence-scalar-outputs": { ...operands("X", "Y", "Z"), FORMAT: [0, 1], COLUMN_BLOCKS: [2, 4] },
  "recurrence-scan": { OP: upTo(2), FORMAT: arithmetic.slice(-3), LANES: [256], ...scans },
  "recurrence-scan-affine": { ...scans, LANES: [256], RUN: [8] },
  "recurrence-scan-exponentials": { ...scans, LANES: [256], RUN: [8] },
  "recurrence-scan-matrices": { ...scans, SIDE: [1, 2, 3, 4], RUN: [4], LANES: [64] },
  "recurrence-scan-monoid": { ...scans, LANES: [256] },
  "recurrence-scan-quads": { ...quadScans, RUN: [16] },
  "recurrence-scan-single": { ...quadScans, SILENT: [0, 3] },
  "recurrence-sequential": { FORMAT: [0, 1], GATE_FORMAT: [0, 1], GATE: upTo(5), KEYS: [16, 256] },
  "recurrence-signed-gradients": operands("X", "Y", "Z"),
  "recurrence-signed-products": operands("X", "Y"),
  "recurrence-vector-gate-gradients": operands("X", "Z"),
  "recurrence-vector-gates": operands("X"),
  "recurrence-vector-gradients": { ...operands("X", "Y", "Z"), FORMAT: [0, 1], COLUMN_BLOCKS: [2, 4] },
  "recurrence-vector-outputs": { ...operands("X", "Y", "Z"), FORMAT: [0, 1], COLUMN_BLOCKS: [2, 4] },
  scatter: { FORMAT: stored },
  "selective-chunks": selective,
  "selective-gradients": selective,
  "selective-outputs": selective,
  "selective-reverse": selective,
  softmax: { KIND: upTo(2), FORMAT: [8], LANES: lanes },
  "softmax-quads": { KIND: upTo(1), FORMAT: [8], LANES: lanes, KEPT: [1, 8] },
  unary: { OP: [...codes(unaryTable), 5], FORMAT: arithmetic },
  where: { CONDITION: [4, 5], FORMAT: stored, ...walks, WALK_C: upTo(2) },
};

/** Constants and aliases that are the shader's own, never those of a variant. */
export const own = new Set([
  ...[
    "BAND",
    "FIRST_TILE",
    "TOTAL",
    "INCLUSIVE",
    "WINDOW",
    "PATIENCE",
    "DONE",
    "AGAIN",
    "TILE",
    "DEPTH",
    "AHEAD",
    "OWN",
    "OTHER",
    "OWN_STRIDE",
    "OTHER_STRIDE",
    "EXCHANGE",
    "KEYS",
    "CHANNELS",
    "BLOCK",
    "ROWS",
    "AHEAD",
    "PARTS",
    "STEPS",
    "STATES",
  ],
  ...["SAFE", "LINEAR", "REDUCE", "ROUND_OPERANDS", "NATIVE", "SATURATE", "MULTIPLY", "SLOPE"],
  ...["NAN_BITS", "INFINITY_BITS", "ROWS_PER_GROUP", "LANE_STEP", "STEP", "Left", "Right", "Sum"],
]);
/** Set by ruleConstants, whose variants are below. */
export const ruleOwn = new Set([
  ...["FLAGS", "TABLE_BITS", "NATIVE_MANTISSA", "NATIVE_NAN", "NATIVE_MAX", "NATIVE_INFINITY", "Corrections"],
]);

const product = (given: Readonly<Record<string, readonly Value[]>>): Variant[] =>
  Object.entries(given)
    .reduce<Record<string, Value>[]>(
      (all, [name, list]) => all.flatMap((constants) => list.map((value) => ({ ...constants, [name]: value }))),
      [{}],
    )
    .map((constants) => ({ constants }));
const pick = (name: string, ...keys: string[]) =>
  product(Object.fromEntries(keys.map((key) => [key, values[name]?.[key] ?? []])));

const rules: Variant[] = (
  [
    ["f32", { k: 5, special: "raw" }],
    ["f32", { k: 5, mantissa: "rne", form: "linear" }],
    ["bf16", { table: 2 }, { slope: true }],
    ["e4m3", { fp8Path: "native8", table: 3 }, { saturateSums: false, accumulate: "e4m3-step", weights: "e4m3" }],
    ["e5m2", { fp8Path: "native8", k: 1, mantissa: "rne" }, { accumulate: "e5m2-out", weights: "e5m2" }],
    ["f16", { table: 4 }, { accumulate: "bf16" }],
    ["f16", {}, { multiply: true }],
  ] as const satisfies readonly (readonly [string, LMulOptions, RuleUse?])[]
).map(([dtype, options, use]) => ({ constants: ruleConstants(resolveRule("test", [dtype, dtype], options), use) }));

const half = { QuadA: "vec4<f16>", QuadB: "vec4<f16>" };
const booleans = (...names: string[]) => product(Object.fromEntries(names.map((name) => [name, ["true", "false"]])));
const withFeatures = (variants: Variant[], features: Dispatch["features"], constants = {}): Variant[] =>
  variants.map((variant) => ({ constants: { ...variant.constants, ...constants }, ...(features ? { features } : {}) }));

/** Constants together, and what needs a feature. */
/** Ranks and words are u32. */
const quadVariants: readonly Variant[] = upTo(2).flatMap((OP) =>
  [8, 6, 7].map((FORMAT) => ({ constants: { OP, FORMAT, Number: FORMAT === 8 && OP < 2 ? "f32" : "u32" } })),
);

export const combined: Readonly<Record<string, readonly Variant[]>> = {
  ...Object.fromEntries(["elementwise", "matmul", "attention", "slope-sums"].map((name) => [`l-mul-${name}`, rules])),
  attention: withFeatures(pick("attention", "FORMAT"), undefined, { FORMAT_O: 0, QUADS: "false" }),
  "recurrence-scan-quads": quadVariants,
  "recurrence-scan-single": quadVariants,
  binary: pick("binary", "OP", "FORMAT"),
  cast: pick("cast", "FROM", "TO"),
  compare: pick("compare", "OP", "FORMAT"),
  "recurrence-states": [{ constants: { ROWS: 256, QUADS: 2 } }],
  reduce: pick("reduce", "OP", "FORMAT"),
  unary: pick("unary", "OP", "FORMAT"),
  ...Object.fromEntries(
    ["columns", "back-columns"].map((name) => [`lightnet-${name}`, product({ KEYS: [64], TOKENS: [4] })]),
  ),
  ...Object.fromEntries(
    ["rows", "back-rows"].map((name) => [`lightnet-${name}`, product({ ROW: [64], TOKENS: [8], READ: ["true"] })]),
  ),
  "matmul-quads": [
    ...product({ WARPS_M: [2, 4], WARPS_N: [1, 2], TRANSPOSE_A: ["true", "false"], TRANSPOSE_B: ["true", "false"] }),
    ...withFeatures(booleans("TRANSPOSE_A", "TRANSPOSE_B", "EDGES"), ["shader-f16"], half),
    ...withFeatures([{ constants: { QuadB: "vec4<f16>" } }, { constants: { QuadA: "vec4<f16>" } }], ["shader-f16"]),
  ],
  "matmul-matrix": withFeatures(booleans("TRANSPOSE_A", "TRANSPOSE_B", "EDGES", "HAS_BIAS"), matrixFeatures),
};

/** Shaders that are no WGSL without a feature. */
export const needed: Readonly<Record<string, Dispatch["features"]>> = { "matmul-matrix": matrixFeatures };
