/** 2^25 elements and an odd number of them, on the CPU: one thread and two. */
import { describe, expect, test } from "vitest";
import { scan } from "../../../src/ops/recurrence/scan.js";
import { openFor, wasmBackends } from "../../support/engines.js";

describe.each(wasmBackends.slice(-2))("scans of 2^25 on $name", (backend) => {
  const engine = openFor(backend);

  test.each([2 ** 25, 2 ** 25 + 3])("%d words, exactly", async (n) => {
    const x = engine().tensor(Int32Array.from({ length: n }, (_, t) => Math.imul(t + 1, 0x9e3779b1)));
    const sums = (await scan(x).data()) as Int32Array;
    x.dispose();
    let sum = 0;
    let wrong = -1;
    for (let t = 0; t < n && wrong < 0; t++) {
      sum = (sum + Math.imul(t + 1, 0x9e3779b1)) | 0;
      if (sums[t] !== sum) wrong = t;
    }
    expect(wrong).toBe(-1);
  });

  test("numbers, backwards, to two units in the last place", async () => {
    const n = 2 ** 25 + 1;
    // The running sums are exact in f64.
    const at = (t: number) => ((Math.imul(t, 0x9e3779b1) >>> 8) + 1) / 2 ** 24;
    const x = engine().tensor(Float32Array.from({ length: n }, (_, t) => at(t)));
    const sums = (await scan(x, { reverse: true }).data()) as Float32Array;
    x.dispose();
    let sum = 0;
    let worst = 0;
    for (let t = n - 1; t >= 0; t--) {
      sum += Math.fround(at(t));
      worst = Math.max(worst, Math.abs((sums[t] as number) - sum) / sum);
    }
    expect(worst).toBeLessThan(2 * 2 ** -23);
  });
});
