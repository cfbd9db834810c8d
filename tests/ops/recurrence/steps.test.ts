/** Single steps in place of the low-rank recurrence and the selective scan: the bits of the sequential form. */
import { describe, expect, test } from "vitest";
import { InputError, ShapeError } from "../../../src/backends/contract.js";
import { slice, type Tensor } from "../../../src/index.js";
import { lowRank } from "../../../src/ops/recurrence/low-rank.js";
import { lowRankStep } from "../../../src/ops/recurrence/low-rank-step.js";
import { selectiveScan } from "../../../src/ops/recurrence/selective-scan.js";
import { selectiveScanStep } from "../../../src/ops/recurrence/selective-scan-step.js";
import { cloneState } from "../../../src/ops/recurrence/state.js";
import { sameBits } from "../../support/arrays.js";
import { openFor, type TestBackend, testBackends } from "../../support/engines.js";
import { rmsError } from "../attention-cases.js";
import { prepareLowRank } from "./low-rank-cases.js";
import { prepareScan } from "./selective-scan-cases.js";

describe.each(testBackends)("steps in place on $name", (backend: TestBackend) => {
  const engine = openFor(backend);

  test("lowRankStep", async () => {
    const given = { steps: 4, k: 6, v: 5, heads: 2, gate: true, initialState: true, form: "sequential" } as const;
    const { args, options } = prepareLowRank(engine(), given);
    const whole = lowRank(...args, options);
    const state = cloneState(options.initialState as Tensor);
    const part = (x: Tensor, t: number) => slice(x, [null, [t, t + 1]]);
    for (let t = 0; t < 4; t++) {
      const [q, k, v, a, b] = args.map((x) => part(x, t)) as unknown as typeof args;
      const result = lowRankStep(state, q, k, v, a, b, { gate: part(options.gate as Tensor, t) });
      expect(result.state).toBe(state);
      const wanted = await part(whole.o, t).data();
      expect(rmsError(await result.o.data(), wanted)).toBeLessThanOrEqual(backend.on === "wasm" ? 0 : 1e-6);
    }
    if (backend.on === "wasm") expect(sameBits(await state.bits(), await whole.state.bits())).toBe(true);
    else expect(rmsError(await state.data(), await whole.state.data())).toBeLessThanOrEqual(1e-6);
  });

  test("selectiveScanStep, with negative eigenvalues too", async () => {
    const given = { steps: 4, softplus: true, negative: true, initialState: true, z: true, d: true };
    const { tensors, options } = prepareScan(engine(), given);
    const { u, delta, a, b, c } = tensors;
    const whole = selectiveScan(u, delta, a, b, c, options);
    const { initialState, z, ...others } = options;
    const state = cloneState(initialState as Tensor);
    const part = (x: Tensor, t: number) => slice(x, [null, null, [t, t + 1]]);
    for (let t = 0; t < 4; t++) {
      const [pu, pd, pb, pc] = [u, delta, b, c].map((x) => part(x, t)) as [Tensor, Tensor, Tensor, Tensor];
      const { y } = selectiveScanStep(state, pu, pd, a, pb, pc, { ...others, z: part(z as Tensor, t) });
      expect(rmsError(await y.data(), await part(whole.y, t).data())).toBeLessThanOrEqual(1e-6);
    }
    expect(rmsError(await state.data(), await whole.state.data())).toBeLessThanOrEqual(1e-6);
  });

  test("bad input is named", () => {
    const { args, options } = prepareLowRank(engine(), { steps: 2, initialState: true });
    const scan = prepareScan(engine(), { steps: 2, softplus: true, initialState: true });
    const { u, delta, a, b, c } = scan.tensors;
    const [q] = args;
    const one = slice(q, [null, [0, 1]]);
    const [state, scanState] = [options.initialState as Tensor, scan.options.initialState as Tensor];
    const step = (...rest: unknown[]) => lowRankStep(state, one, one, one, one, one, ...(rest as []));
    const rows: [() => unknown, typeof InputError | typeof ShapeError, RegExp][] = [
      [() => lowRankStep(state, ...args), ShapeError, /argument q .*expected one step/],
      [() => lowRankStep(one, one, one, one, one, one), ShapeError, /argument initialState /],
      [() => step({ out: { o: one } }), InputError, /argument out shares memory/],
      [() => step({ mask: one }), InputError, /argument mask has no use/],
      [() => selectiveScanStep(scanState, u, delta, a, b, c), ShapeError, /argument u .*expected one step/],
    ];
    for (const [attempt, type, message] of rows) {
      expect(attempt).toThrowError(type);
      expect(attempt).toThrowError(message);
    }
  });
});
