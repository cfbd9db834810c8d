/** Errors of attention by the product it is made of: L-Mul of so many bits, or multiplied 8- and 16-bit floats. */
import type { BackendName } from "../../backends/contract.js";
import type { Engine } from "../../engine/engine.js";
import { lmulProduct, paperRule } from "../../oracles/l-mul.js";
import { lmulAttentionOracle, relativeFrobenius } from "../../oracles/l-mul-attention.js";
import type { Tensor } from "../../tensor/tensor.js";
import { lmulAttention } from "./attention.js";
import { baselineAttention, quantize } from "./baseline.js";

/** One head of attention over itself: three [time, d] arrays. */
export interface Head {
  readonly q: Float32Array;
  readonly k: Float32Array;
  readonly v: Float32Array;
  readonly time: number;
  readonly d: number;
  readonly scale: number;
  readonly causal: boolean;
}

export interface ErrorRow {
  readonly product: string;
  readonly bits: number;
  /** Relative error in the Frobenius norm against double precision. */
  readonly error: number;
}

export const widths = [2, 3, 4, 5, 6, 7] as const;
export const formats = [
  ["e5m2", 2],
  ["e4m3", 3],
  ["bf16", 7],
] as const;

function oracleOf({ q, k, v, time, d, scale, causal }: Head) {
  return { q, k, v, rows: time, keys: time, d, dv: d, scale, causal };
}

export function exactAttention(head: Head): Float64Array {
  return lmulAttentionOracle({ ...oracleOf(head), product: (x, y) => x * y }).values;
}

/** Runs every product on one backend. */
export async function errorRows(engine: Engine, head: Head, exact: Float64Array, on: BackendName): Promise<ErrorRow[]> {
  const { q, k, v, time, d, scale, causal } = head;
  const tensors = [q, k, v].map((x) => engine.tensor(x, { shape: [1, time, 1, d] })) as [Tensor, Tensor, Tensor];
  const rows: ErrorRow[] = [];
  const note = async (product: string, bits: number, result: Tensor) => {
    rows.push({ product, bits, error: relativeFrobenius(await result.data(), exact) });
    result.dispose();
  };
  for (const bits of [...widths, 23]) {
    await note(
      bits === 23 ? "L-Mul, all bits" : "L-Mul",
      bits,
      lmulAttention(...tensors, { k: bits, scale, causal, on }),
    );
  }
  for (const [format, bits] of formats) {
    const stored = (await Promise.all(tensors.map((x) => quantize(x, format)))).map(({ tensor }) => tensor);
    const [a, b, c] = stored as [Tensor, Tensor, Tensor];
    await note(`${format} multiplied`, bits, baselineAttention(a, b, c, { scale, causal, on }));
    for (const tensor of stored) tensor.dispose();
  }
  for (const tensor of tensors) tensor.dispose();
  return rows;
}

/** Largest distance from the oracle of L-Mul attention, as a fraction of the bound of each element. */
export async function distanceFromOracle(engine: Engine, head: Head, on: BackendName): Promise<number> {
  const { q, k, v, time, d, scale, causal } = head;
  const tensors = [q, k, v].map((x) => engine.tensor(x, { shape: [1, time, 1, d] })) as [Tensor, Tensor, Tensor];
  const result = lmulAttention(...tensors, { scale, causal, on });
  const actual = await result.data();
  for (const tensor of [...tensors, result]) tensor.dispose();
  const { values, magnitude, slack } = lmulAttentionOracle({ ...oracleOf(head), product: lmulProduct(paperRule) });
  return values.reduce((worst, value, i) => {
    const bound = 2 ** -23 * time * (magnitude[i] as number) + (slack[i] as number);
    const distance = Math.abs((actual[i] as number) - value);
    // Where every term is 0, so are the bound and, if all is well, the distance.
    return distance === 0 ? worst : Math.max(worst, distance / bound);
  }, 0);
}
