/**
 * Zero and subnormal operands of raw products, counted: the bare addition makes 4.25 of 0 * 0, and whoever asks for it should
 * be able to see that it has happened.
 */
import type { WasmRun } from "../../backends/wasm/group.js";
import type { WasmOperand } from "../../engine/operation.js";
import type { LMulKernels } from "../../generated/kernels/l-mul.js";
import { assertTensor, type Tensor } from "../../tensor/tensor.js";
import { f32Format, formatOf, isOperandDType } from "./format.js";
import { widened } from "./operands.js";
import type { Rule } from "./rule.js";

/** What one engine's raw products have met. */
export interface RawZeros {
  count: number;
}

const counters = new WeakMap<object, RawZeros>();

function counterOf(engine: object): RawZeros {
  const known = counters.get(engine);
  if (known) return known;
  const fresh = { count: 0 };
  counters.set(engine, fresh);
  return fresh;
}

/**
 * Operand elements with an exponent field of 0 that `special: "raw"` products of this engine have met on the CPU so far. What runs
 * on a GPU is not counted, since nothing is read back: ask `countZeros` for its operands.
 */
export const rawZeros = (engine: Tensor["engine"]): number => counterOf(engine).count;

/**
 * How many elements of x have an exponent field of 0: zeros, and subnormal numbers of x's own dtype.
 * @throws InputError or DisposedError naming the argument
 */
export async function countZeros(x: Tensor): Promise<number> {
  assertTensor("countZeros", "x", x);
  const { dtype } = x;
  if (!isOperandDType(dtype)) return 0;
  const { bits, mantissaBits } = formatOf(dtype);
  const stored = await x.bits();
  const codes = dtype === "f32" ? new Uint32Array(stored.buffer, stored.byteOffset, x.size) : (stored as Uint16Array);
  const mask = 2 ** (bits - 1) - 1;
  let count = 0;
  for (const code of codes) if ((code & mask) < 1 << mantissaBits) count++;
  return count;
}

/** The counter that a call has to keep: none unless its rule is raw. */
export const rawCounter = ({ special }: Rule, { engine }: Tensor): RawZeros | undefined =>
  special === "raw" ? counterOf(engine) : undefined;

/** Scans the operands of a call on the CPU. */
export function noteRawZeros(
  w: WasmRun<LMulKernels>,
  counter: RawZeros | undefined,
  { format }: Rule,
  operands: readonly WasmOperand[],
): void {
  if (!counter) return;
  const [mask, smallest] = [2 ** (format.bits - 1) - 1, 2 ** format.mantissaBits];
  for (const operand of operands) {
    const words = widened(w, operand, format !== f32Format);
    counter.count += w.kernels.lmul_count_below(words, operand.size, mask, smallest);
  }
}
