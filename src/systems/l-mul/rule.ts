/** Options checked and turned into the integers that every implementation of the product works with. */
import { DTypeError, InputError } from "../../backends/contract.js";
import type { FloatFormat } from "../../tensor/codecs.js";
import { correctionTable, type TableBits } from "./correction-table.js";
import { f32Format, formatOf, isOperandDType, type OperandDType, operandDTypes } from "./format.js";
import type { LMulOptions } from "./options.js";

export interface Rule {
  /** Format in which the magnitudes are added: f32, or the operands' own for `native8`. */
  readonly format: FloatFormat;
  /** Mantissa bits kept of each operand. */
  readonly k: number;
  readonly mantissa: "trunc" | "rne";
  /** |r| = |x| + |y| - offset. With a table, its entries are added on top and this is bias << mantissaBits. */
  readonly offset: number;
  readonly table?: { readonly bits: TableBits; readonly corrections: Uint32Array };
  readonly form: "carry" | "linear";
  readonly special: "raw" | "safe";
  readonly saturate: boolean;
}

/** The paper's l(k): l = k for k <= 3, 3 for k = 4, 4 above. */
export const defaultL = (k: number): number => (k <= 3 ? k : k === 4 ? 3 : 4);

/** (bias << M) - 2^(M - l): the constant of the bit form (Eq. 2); 0x3F780000 for f32 with l = 4. */
export const offsetBits = (format: FloatFormat, l: number): number =>
  format.bias * 2 ** format.mantissaBits - 2 ** (format.mantissaBits - l);

/** @throws InputError or DTypeError naming the argument. */
export function resolveRule(op: string, dtypes: readonly [string, string], options: LMulOptions = {}): Rule {
  const [a, b] = dtypes.map((dtype, i) => checkOperand(op, i === 0 ? "a" : "b", dtype)) as [OperandDType, OperandDType];
  checkOptions(op, options);
  const { mantissa = "trunc", form = "carry", special = "safe" } = options;
  const isNative = options.fp8Path === "native8";
  if (isNative && (formatOf(a).bits !== 8 || a !== b)) {
    throw new DTypeError(op, "fp8Path", {
      expected: "two e4m3 or two e5m2 operands for native8",
      actual: `${a}, ${b}`,
    });
  }
  const format = isNative ? formatOf(a) : f32Format;
  const stored = Math.min(formatOf(a).mantissaBits, formatOf(b).mantissaBits);
  const k = Math.min(options.k ?? stored, Math.max(formatOf(a).mantissaBits, formatOf(b).mantissaBits));
  const isRounded = mantissa === "rne" && k < Math.max(formatOf(a).mantissaBits, formatOf(b).mantissaBits);
  const l = options.l ?? Math.min(isRounded ? 4 : defaultL(k), format.mantissaBits);
  if (l > format.mantissaBits) throw new InputError(op, "l", `is ${l}; expected at most ${format.mantissaBits}`);
  const base = format.bias * 2 ** format.mantissaBits;
  const offset = options.table
    ? base
    : options.offset === undefined
      ? offsetBits(format, l)
      : base - Math.round(options.offset * 2 ** format.mantissaBits);
  const saturate = options.saturate ?? isNative;
  const rule: Rule = { format, k, mantissa, offset, form, special, saturate };
  if (!options.table) return rule;
  if (options.table > format.mantissaBits) {
    throw new InputError(op, "table", `is ${options.table}; ${a} has ${format.mantissaBits} mantissa bits`);
  }
  const corrections = correctionTable(options.table, k, format.mantissaBits);
  return { ...rule, table: { bits: options.table, corrections } };
}

function checkOperand(op: string, argument: string, dtype: string): OperandDType {
  if (!isOperandDType(dtype)) throw new DTypeError(op, argument, { expected: operandDTypes.join(", "), actual: dtype });
  return dtype;
}

const choices = {
  mantissa: ["trunc", "rne"],
  form: ["carry", "linear"],
  special: ["raw", "safe"],
  fp8Path: ["container", "native8"],
  table: [2, 3, 4],
  saturate: [true, false],
} as const;

function checkOptions(op: string, options: LMulOptions): void {
  const { k, l, offset } = options;
  if (k !== undefined && !(Number.isInteger(k) && k >= 1 && k <= 23)) {
    throw new InputError(op, "k", `is ${String(k)}; expected an integer in 1..23`);
  }
  if (l !== undefined && !(Number.isInteger(l) && l >= 0 && l <= 23)) {
    throw new InputError(op, "l", `is ${String(l)}; expected an integer in 0..23`);
  }
  if (offset !== undefined && !(typeof offset === "number" && offset >= 0 && offset < 1)) {
    throw new InputError(op, "offset", `is ${String(offset)}; expected a number in [0, 1)`);
  }
  const constants = [l, offset, options.table].filter((value) => value !== undefined);
  if (constants.length > 1) throw new InputError(op, "offset", "excludes l and table: give one of the three");
  for (const [name, allowed] of Object.entries(choices)) {
    const value = options[name as keyof typeof choices];
    if (value !== undefined && !(allowed as readonly unknown[]).includes(value)) {
      throw new InputError(op, name, `is ${String(value)}; expected ${allowed.join(" or ")}`);
    }
  }
}
