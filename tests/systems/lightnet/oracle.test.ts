/** The float64 oracles against the published numbers and against finite differences. */
import { describe, expect, test } from "vitest";
import { type AdditiveInput, additiveBackwardOracle, additiveOracle } from "../../../src/oracles/lightnet.js";
import { expectWaveSums, gen } from "../../support/golden.js";
import { generated, oracleOf } from "./cases.js";

const digits = 1e-9;
const n1 = { batch: 2, time: 77, heads: 2, d: 8, e: 6 };

describe("oracle of the additive recurrence", () => {
  test("N1", () => {
    const got = oracleOf(generated(n1));
    expectWaveSums(got.o, [8.26590404703, 16.238858286, 5.25454168028], "o", digits);
    expectWaveSums(got.s, [0.0679184586839, 1.77364364874, 1.13879994885], "S", digits);
    expectWaveSums(got.z, [164.791309221, 29.1314042467, 2.11159524348], "z", digits);
    expectWaveSums(got.dq, [45.4628764411, 48.3804310908, -55.4838963862], "dq", digits);
    expectWaveSums(got.dx, [0, 21.4403821535, 11.4770321153], "dx", digits);
    expectWaveSums(got.dv, [12.53125, 18.9683574927, -11.0769857101], "dv", digits);
  });

  test("N2", () => {
    const given = {
      ...generated(n1, 4, 8 ** -0.5),
      ...{ s0: gen(192, 3, 2, 11), z0: gen(32, 2, 1, 9, 4), dS: gen(192, 9, 5, 31), dZ: gen(32, 3, 1, 7) },
    };
    const got = oracleOf(given);
    expectWaveSums(got.o, [2.02113705031, 5.53706102353, 1.25823362846], "o", digits);
    expectWaveSums(got.dx, [-0.720675361048, 7.58345332133, 3.64405831918], "dx", digits);
    expectWaveSums(got.ds0, [-0.134849963225, 2.53648516316, 0.089105310954], "dS_0", digits);
    expectWaveSums(got.dz0, [0.220675361048, 1.5973452109, -0.0915815987275], "dz_0", digits);
  });

  test("N4", () => {
    const got = oracleOf({ ...generated({ ...n1, time: 49 }), global: true });
    expectWaveSums(got.o, [-0.23651200326, 9.28988477211, 0.914530512804], "o", digits);
    expectWaveSums(got.s, [1.44982830781, 2.19240576971, 1.71890339753], "KV", digits);
    expectWaveSums(got.dx, [0, 12.0163001251, -19.0755680426], "dx", digits);
  });

  test("gradients are finite differences", () => {
    const [time, d, e] = [4, 2, 3];
    const base = {
      ...{ q: gen(8, 7, 3, 17), x: gen(8, 5, 1, 19, 4), v: gen(12, 11, 4, 23), k: gen(8, 3, 2, 11) },
      ...{ s0: gen(6, 3, 2, 11), z0: gen(2, 2, 1, 9, 4) },
    };
    const [dO, dS, dZ] = [gen(12, 13, 2, 29), gen(6, 9, 5, 31), gen(2, 3, 1, 7)];
    const dot = (a: ArrayLike<number>, b: ArrayLike<number>) =>
      Array.from(a).reduce((sum, value, i) => sum + value * (b[i] as number), 0);
    const loss = (parts: typeof base) => {
      const input: AdditiveInput = { time, d, e, scale: 0.7, ...parts };
      const { o, s, z } = additiveOracle(input);
      return dot(o, dO) + dot(s, dS) + dot(z, dZ);
    };
    const got = additiveBackwardOracle({ time, d, e, scale: 0.7, ...base }, dO, dS, dZ);
    const gradients = { q: got.dq, x: got.dx, v: got.dv, k: got.dk, s0: got.ds0, z0: got.dz0 };
    for (const [name, gradient] of Object.entries(gradients) as [keyof typeof base, Float64Array][]) {
      gradient.forEach((value, i) => {
        const moved = (by: number) => loss({ ...base, [name]: base[name].map((x, j) => (i === j ? x + by : x)) });
        const h = 1e-5;
        expect((moved(h) - moved(-h)) / (2 * h), `${name}[${i}]`).toBeCloseTo(value, 7);
      });
    }
  });
});
