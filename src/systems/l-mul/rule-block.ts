/** A rule as the block of words that the kernels read; the layout is drawn in assembly/common/l-mul-rule.ts. */
import type { WasmRun } from "../../backends/wasm/group.js";
import { f32Format, type OperandDType, overflowCode } from "./format.js";
import type { Accumulate } from "./options.js";
import type { Rule } from "./rule.js";

const flag = {
  safe: 1,
  linear: 2,
  reduce: 4,
  roundOperands: 8,
  native: 16,
  saturate: 32,
  multiply: 64,
  slope: 128,
} as const;

/** Numbers of the formats that sums are rounded to, in kernels and shaders alike. */
export const formatCode: Record<OperandDType, number> = { f32: 0, bf16: 1, f16: 2, e4m3: 3, e5m2: 4 };

/** What a kernel needs beyond the product itself. */
export interface RuleUse {
  readonly accumulate?: Accumulate;
  /** Fp8 sums and weights saturate. Default true. */
  readonly saturateSums?: boolean;
  /** Attention weights are rounded to this before they take part in products. */
  readonly weights?: OperandDType;
  /** Ordinary multiplication of the operands in place of L-Mul. */
  readonly multiply?: boolean;
  /** The derivative by the first operand in place of the product. */
  readonly slope?: boolean;
}

const headerWords = 16;

function ruleWords(rule: Rule, use: RuleUse = {}): Uint32Array {
  const { format, k, table } = rule;
  const isNative = format !== f32Format;
  const { accumulate = "f32" } = use;
  const accumulator = accumulate.slice(0, 4) as OperandDType;
  const isStep = accumulate === "bf16" || accumulate.endsWith("-step");
  const words = new Uint32Array(headerWords + (table ? table.corrections.length : 0));
  words[0] = rule.offset;
  words[1] =
    (rule.special === "safe" ? flag.safe : 0) |
    (rule.form === "linear" ? flag.linear : 0) |
    (k < format.mantissaBits && !use.multiply ? flag.reduce : 0) |
    (rule.mantissa === "rne" ? flag.roundOperands : 0) |
    (isNative ? flag.native : 0) |
    (use.saturateSums === false ? 0 : flag.saturate) |
    (use.multiply ? flag.multiply : 0) |
    (use.slope ? flag.slope : 0);
  words[2] = format.mantissaBits - k;
  words[3] = overflowCode(format, rule.saturate);
  words[4] = table?.bits ?? 0;
  words[5] = isStep ? formatCode[accumulator] : 0;
  words[6] = format.mantissaBits;
  words[7] = format.nan;
  words[8] = format.maxFinite;
  words[9] = format.infinity ?? format.maxFinite;
  words[10] = formatCode[use.weights ?? "f32"];
  words[11] = accumulate.endsWith("-out") ? formatCode[accumulator] : 0;
  if (table) words.set(table.corrections, headerWords);
  return words;
}

/** Writes the block into scratch memory of the call. @returns its address */
export function writeRule<K>(w: WasmRun<K>, rule: Rule, use?: RuleUse): number {
  const words = ruleWords(rule, use);
  const ptr = w.scratch(words.byteLength);
  w.bytes(ptr, words.byteLength).set(new Uint8Array(words.buffer));
  return ptr;
}

/** The constants of a shader that includes common/l-mul-rule.wgsl and common/l-mul-product.wgsl. */
export function ruleConstants(rule: Rule, use?: RuleUse): Record<string, string> {
  const words = ruleWords(rule, use);
  const names = { FLAGS: 1, TABLE_BITS: 4, STEP: 5 } as const;
  const native = { NATIVE_MANTISSA: 6, NATIVE_NAN: 7, NATIVE_MAX: 8, NATIVE_INFINITY: 9 } as const;
  const used = rule.format === f32Format ? names : { ...names, ...native };
  const constants = Object.fromEntries(Object.entries(used).map(([name, at]) => [name, `${words[at]}u`]));
  if (!rule.table) return constants;
  const { corrections } = rule.table;
  return {
    ...constants,
    Corrections: `array<u32, ${corrections.length}>`,
    CORRECTIONS: `Corrections(${Array.from(corrections, (c) => `${c}u`).join(", ")})`,
  };
}

/** The eight words of the `rule: Rule` member of a shader's Params. */
export function ruleHeader(rule: Rule, use?: RuleUse): number[] {
  const words = ruleWords(rule, use);
  return [...[0, 2, 3, 10, 11].map((at) => words[at] as number), 0, 0, 0];
}
