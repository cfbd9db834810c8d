/** Products on the GPU against the oracle, for the tests on a software adapter and those on a real GPU. */
import { expect } from "vitest";
import type { Engine } from "../../src/engine/engine.js";
import { type MatmulOptions, matmul } from "../../src/ops/matmul.js";
import { matmulOracle } from "../../src/oracles/matmul.js";
import type { DType } from "../../src/tensor/dtype.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { randomArray } from "../support/arrays.js";

export interface ProductCase {
  a: readonly number[];
  b: readonly number[];
  types?: [DType, DType];
  options?: Pick<MatmulOptions, "transposeA" | "transposeB" | "activation"> & { bias?: boolean };
}

/** Runs a case on the GPU; every element must be within the bound of the operation. @returns the variant that ran */
export async function checkProduct(
  engine: Engine,
  { a, b, types = ["f32", "f32"], options: { bias: hasBias, ...flags } = {} }: ProductCase,
): Promise<string> {
  const n = b.at(flags.transposeB ? -2 : -1) as number;
  const k = a.at(flags.transposeA ? -2 : -1) as number;
  const arrays = { a: randomArray(a, types[0], 1), b: randomArray(b, types[1], 2), bias: randomArray([n], "f32", 3) };
  const tensors = [arrays.a, arrays.b, arrays.bias].map((array) => engine.fromBits(array.bits, array));
  const [x, y, bias] = tensors as [Tensor, Tensor, Tensor];
  const options = { ...flags, ...(hasBias ? { bias } : {}), on: "webgpu" } as const;
  const { variant } = engine.explain(matmul, x, y, options);
  const c = matmul(x, y, options);
  const expected = matmulOracle(arrays.a, arrays.b, { ...flags, ...(hasBias ? { bias: arrays.bias.values } : {}) });
  const actual = await c.data();
  expect(c.shape).toEqual(expected.shape);
  let worst = 0;
  expected.values.forEach((value, i) => {
    const bound = (k + 2) * 2 ** -23 * (expected.magnitudes[i] as number) + 8 * 2 ** -24 * Math.abs(value) + 1e-37;
    const error = Math.abs((actual[i] as number) - value) / bound;
    if (!(error <= worst)) worst = error;
  });
  expect(worst, `a [${a}] b [${b}] ${types} ${JSON.stringify(flags)}`).toBeLessThanOrEqual(1);
  for (const tensor of [...tensors, c]) tensor.dispose();
  return variant;
}
