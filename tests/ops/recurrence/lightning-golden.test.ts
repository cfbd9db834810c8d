/** Published numbers of Lightning Attention: E1 to E5 to the bit in every form, M1 to M3 by their sums. */
import { describe, expect, test } from "vitest";
import type { Engine } from "../../../src/engine/engine.js";
import { alibiSlopes } from "../../../src/ops/attention/alibi.js";
import type { GatedGradients } from "../../../src/ops/recurrence/gated-op.js";
import { type ScalarGateOptions, scalarGate, scalarGateBackward } from "../../../src/ops/recurrence/scalar-gate.js";
import type { Tensor } from "../../../src/tensor/tensor.js";
import { openFor, type TestBackend, wasmBackends } from "../../support/engines.js";
import { expectWaveSums, gen } from "../../support/golden.js";

const q = [1, 2, 0, 1, -1, 1, 2, 0, 1, -1];
const k = [1, 0, 1, 1, 0, 2, -1, 1, 2, 1];
const v = [1, -1, 2, 0, 0, 1, 1, 1, -2, 3];
const dO = [1, 0, 0, 1, 1, 1, -1, 2, 2, -1];
const warm = [4, -8, 0, 16];

interface Exact {
  name: string;
  lambda: number | number[];
  options?: { cuSeqlens?: number[]; reverse?: boolean };
  initial?: number[];
  dState?: number[];
  o: number[];
  state: number[];
  gradients?: Partial<Record<keyof GatedGradients, number[]>>;
}

const exact: Exact[] = [
  {
    name: "E1",
    lambda: 0.5,
    o: [1, -1, 2, 0, -0.25, 2.25, -0.75, -2.25, -2.9375, 1.4375],
    state: [-4.1875, 5.4375, -1.25, 4],
    gradients: {
      dq: [1, 0, -0.5, 0, 1, 3, -1.875, 2.5, -13.8125, -6.5],
      dk: [0.4375, 1.3125, -1.5, 0.5, 0.75, 1.25, 2.5, -0.5, -7, 7],
      dv: [0.625, 0.1875, -0.5, 2, 1, 2.5, 0, -3, 2, -1],
      dInitialState: [0.3125, 0.09375, 1.0625, 0.40625],
      dDecay: [-3.5],
    },
  },
  {
    name: "E2 warm",
    lambda: 0.5,
    initial: warm,
    dState: [1, 1, 1, 1],
    o: [3, 11, 2, 4, -0.75, 5.25, -0.25, -3.25, -2.8125, 0.6875],
    state: [-4.0625, 5.1875, -1.25, 4.5],
    gradients: {
      dq: [3, 0, -2.5, 4, 0.5, 5, -3.125, 4.5, -13.3125, -7],
      dk: [0.4375, 1.3125, -1.25, 0.75, 1, 1.5, 3.5, 0.5, -6, 8],
      dv: [0.6875, 0.25, -0.25, 2.25, 1.5, 3, 0, -3, 5, 2],
      dInitialState: [0.34375, 0.125, 1.09375, 0.4375],
    },
  },
  {
    name: "E3 packed",
    lambda: 0.5,
    options: { cuSeqlens: [0, 2, 2, 5] },
    o: [1, -1, 2, 0, 0, 2, -2, -2, -3, 1.5],
    state: [2.5, -0.5, 2, 0, 0, 0, 0, 0, -4.5, 5.5, -1.5, 4],
  },
  {
    name: "E4 reverse",
    lambda: 0.5,
    options: { reverse: true },
    o: [3.625, 0.875, 2, 1.625, 1.5, 2.25, -6, 4, -2, 3],
    state: [1.625, -0.75, 1, 0.8125],
  },
  {
    name: "E5 gated",
    lambda: [1 / 2, 1 / 4, 1, 1 / 2, 1 / 8],
    initial: warm,
    o: [3, 11, 2, 2, -0.75, 5.25, 0.75, -3.25, -2.203125, 2.421875],
    state: [-3.953125, 5.796875, -1.75, 3.375],
    gradients: { dGate: [4.25, 1.546875, -2.453125, -4.828125, 0.171875] },
  },
];

const forms = [{ form: "sequential" }, ...[16, 32, 64, 128, 256].map((chunk) => ({ form: "chunked", chunk }))] as const;

describe.each(wasmBackends)("Lightning Attention on $name", (backend: TestBackend) => {
  const engine = openFor(backend);
  const rows = (values: number[]) => engine().tensor(Float32Array.from(values), { shape: [1, 5, 1, 2] });
  const logs = (values: number[]) => Float32Array.from(values, Math.log);

  test.each(exact)(
    "$name, to the bit in every form",
    async ({ name, lambda, options, initial, dState, ...expected }) => {
      const state = (values: number[]) => engine().tensor(Float32Array.from(values), { shape: [1, 1, 2, 2] });
      const gate: ScalarGateOptions =
        typeof lambda === "number"
          ? { decay: engine().tensor(logs([lambda]), { shape: [1] }) }
          : { gate: engine().tensor(logs(lambda), { shape: [1, 5, 1] }) };
      for (const form of forms) {
        const call = {
          ...{ scale: 1, ...gate, ...options, ...form },
          ...(initial ? { initialState: state(initial) } : {}),
        } as Omit<ScalarGateOptions, "out">;
        const result = scalarGate(rows(q), rows(k), rows(v), call);
        const label = `${name}, ${JSON.stringify(form)}`;
        expect([...(await result.o.data())], `o of ${label}`).toEqual(expected.o);
        expect([...(await result.state.data())], `state of ${label}`).toEqual(expected.state);
        if (!expected.gradients) continue;
        const backward = { ...call, ...(dState ? { dState: state(dState) } : {}) };
        const gradients = scalarGateBackward(rows(q), rows(k), rows(v), rows(dO), backward);
        for (const [which, values] of Object.entries(expected.gradients)) {
          const actual = await (gradients[which as keyof GatedGradients] as Tensor).data();
          // What a log-decay's rounding to f32 moves in its own gradient is within an ulp.
          const isGate = which === "dGate" || which === "dDecay";
          values.forEach((x, i) => {
            expect(Math.abs((actual[i] as number) - x), `${which} of ${label}`).toBeLessThanOrEqual(isGate ? 1e-6 : 0);
          });
        }
      }
    },
  );

  const inputs = (open: Engine, batch: number, steps: number, heads: number, d: number, e: number) => {
    const make = (numbers: [number, number, number], width: number) =>
      open.tensor(Float32Array.from(gen(batch * steps * heads * width, ...numbers)), {
        shape: [batch, steps, heads, width],
      });
    return { q: make([7, 3, 17], d), k: make([5, 1, 19], d), v: make([11, 4, 23], e), dO: make([13, 2, 29], e) };
  };

  test.each([
    {
      name: "M1",
      warm: false,
      o: [28.9757194947, 221.018059523, -37.9490578295, 13.80230023],
      state: [13.9461772629, 41.3723738844, -0.218391827068, 7.54613435],
      dq: [-28.2237355293, 506.792551767, 63.9124020471],
      dk: [-49.6760808568, 395.312909811, -190.048595013],
      dv: [43.2289618881, 199.011145546, 18.3064190984],
      dInitialState: [],
    },
    {
      name: "M2",
      warm: true,
      o: [23.5678312298, 222.423194452, -38.6568382637],
      state: [13.6716351975, 42.0068742117, -0.661814115198],
      dq: [-28.1896105849, 510.748264357, 64.7621437942],
      dk: [-72.4889656185, 400.974329781, -201.488205197],
      dv: [53.3786729103, 227.027289937, 10.9558695479],
      dInitialState: [-21.6884624268, 45.7949423973, 9.18879619065],
    },
  ])("$name", async ({ name, warm: isWarm, o, state, ...gradients }) => {
    const x = inputs(engine(), 2, 77, 4, 8, 6);
    const decay = engine().tensor(
      Float32Array.from(alibiSlopes(4), (s) => -s),
      { shape: [4] },
    );
    const states = (a: number, b: number, m: number) =>
      engine().tensor(Float32Array.from(gen(2 * 4 * 8 * 6, a, b, m)), { shape: [2, 4, 8, 6] });
    const initial = isWarm ? { initialState: states(3, 2, 11) } : {};
    for (const form of forms) {
      const call = { scale: 1, decay, ...initial, ...form } as Omit<ScalarGateOptions, "out">;
      const result = scalarGate(x.q, x.k, x.v, call);
      const label = `${name}, ${JSON.stringify(form)}`;
      const values = await result.o.data();
      expectWaveSums(values, o, `o of ${label}`);
      expectWaveSums(await result.state.data(), state, `state of ${label}`);
      if (!isWarm) {
        const last = [...values.slice(values.length - 3)];
        [3.387316288157631, -0.6914123390574245, 5.31572096352978].forEach((y, i) => {
          expect(Math.abs((last[i] as number) - y)).toBeLessThanOrEqual(1e-5);
        });
      }
      const backward = { ...call, ...(isWarm ? { dState: states(9, 5, 31) } : {}) };
      const actual = scalarGateBackward(x.q, x.k, x.v, x.dO, backward);
      for (const [which, sums] of Object.entries(gradients)) {
        expectWaveSums(await (actual[which as keyof GatedGradients] as Tensor).data(), sums, `${which} of ${label}`);
      }
    }
  });

  test("M3", async () => {
    const x = inputs(engine(), 1, 100, 12, 4, 4);
    const slopes = alibiSlopes(12).map((s) => -s * (1 - 1 / 3 + 1e-5));
    const decay = engine().tensor(Float32Array.from(slopes), { shape: [12] });
    for (const form of forms) {
      const call = { scale: 1, decay, ...form } as Omit<ScalarGateOptions, "out">;
      const { o, state } = scalarGate(x.q, x.k, x.v, call);
      const label = `M3, ${JSON.stringify(form)}`;
      expectWaveSums(await o.data(), [-2.4225946176, 110.291036971, -512.465105509], `o of ${label}`);
      expectWaveSums(await state.data(), [3.75021044583, 17.8653911886, 4.63083458112], `state of ${label}`);
      const { dk } = scalarGateBackward(x.q, x.k, x.v, x.dO, call);
      expectWaveSums(await dk.data(), [-1261.63834753, 313.002123635, 128.143180293], `dk of ${label}`);
    }
  });
});
