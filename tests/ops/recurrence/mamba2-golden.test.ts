/** Published numbers of Mamba-2 (SSD), both ranges, values and gradients (by the tape). */
import { describe, expect, test } from "vitest";
import { record } from "../../../src/autograd/index.js";
import { add, type Engine, mul, sum, type Tensor } from "../../../src/index.js";
import { type Mamba2Inputs, mamba2 } from "../../../src/ops/recurrence/mixers/mamba2.js";
import { openFor, type TestBackend, wasmBackends } from "../../support/engines.js";
import { expectChecksums, expectDigits, goldenValues } from "../../support/golden.js";

interface Sizes {
  readonly b: number;
  readonly l: number;
  readonly h: number;
  readonly p: number;
  readonly g: number;
  readonly n: number;
}

const tiny: Sizes = { b: 1, l: 3, h: 1, p: 2, g: 1, n: 2 };
const medium: Sizes = { b: 2, l: 40, h: 4, p: 6, g: 2, n: 5 };

function tensor(engine: Engine, shape: readonly number[], seed: number, map = (x: number) => x): Tensor {
  const size = shape.reduce((product, extent) => product * extent, 1);
  return engine.tensor(Float32Array.from(goldenValues(size, seed), map), { shape });
}

function inputsOf(engine: Engine, { b, l, h, p, g, n }: Sizes): Required<Mamba2Inputs> {
  return {
    x: tensor(engine, [b, l, h, p], 61),
    dt: tensor(engine, [b, l, h], 62),
    a: tensor(engine, [h], 63, (x) => -Math.exp(x)),
    b: tensor(engine, [b, l, g, n], 64),
    c: tensor(engine, [b, l, g, n], 65),
    d: tensor(engine, [h], 66),
    dtBias: tensor(engine, [h], 67, (x) => x - 1),
  };
}

describe.each(wasmBackends)("published numbers of mamba2 on $name", (backend: TestBackend) => {
  const engine = openFor(backend);

  test("SSD, tiny", async () => {
    const { o, state } = mamba2(inputsOf(engine(), tiny));
    const y = [-0.282686231, -0.249771492, -0.5126882, -0.335434227, -0.655842208, -0.472725396];
    expectDigits(await o.data(), y, "y", 1e-6);
    expectDigits(await state.data(), [-0.452250394, -0.005879019, -0.336032167, -0.015667706], "state", 1e-6);
  });

  test("SSD, medium", async () => {
    const inputs = inputsOf(engine(), medium);
    const { o, state } = mamba2(inputs);
    expect(state.shape).toEqual([2, 4, 6, 5]);
    expectChecksums(await o.data(), "32.448221096 / 313.315657589 / 19.549950365", "y");
    expectChecksums(await state.data(), "4.768201651 / 16.539690973 / -4.819491362", "state");
    const [dY, dS] = [tensor(engine(), o.shape, 68), tensor(engine(), state.shape, 69)];
    const loss = (given: Mamba2Inputs) => {
      const result = mamba2(given);
      return add(sum(mul(result.o, dY)), sum(mul(result.state, dS)));
    };
    const gradients = record(loss, [inputs]).backward() as unknown as Record<keyof Mamba2Inputs, Tensor>;
    for (const [name, row] of Object.entries({
      x: "-10.665336678 / 327.628471112 / -14.444335502",
      dt: "-3.692679596 / 40.704709367 / -8.111130615",
      a: "6.220185561 / 122.258350570 / 2.358072402",
      b: "-3.035292577 / 212.557342536 / -5.744986728",
      c: "10.954790337 / 187.360680928 / 6.575718677",
    })) {
      expectChecksums(await gradients[name as keyof Mamba2Inputs].data(), row, `d ${name}`);
    }
  });

  test("signed SSD, medium", async () => {
    const { o, state } = mamba2(inputsOf(engine(), medium), { negativeEigenvalues: true });
    expectChecksums(await o.data(), "37.777500686 / 256.608514594 / 12.812121537", "y");
    expectChecksums(await state.data(), "2.207410375 / 12.218138010 / -4.637830573", "state");
  });
});
