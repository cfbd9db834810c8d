/** The published numbers of the recurrence, by the names of their rows. */
import { describe, expect, test } from "vitest";
import { openFor, testBackends } from "../../support/engines.js";
import { expectWaveSums, gen } from "../../support/golden.js";
import { type Case, generated, type Results } from "./cases.js";
import { check, run } from "./run-case.js";

describe.each(testBackends)("published numbers on $name", (backend) => {
  const engine = openFor(backend);
  const sizes = { batch: 2, time: 77, heads: 2, d: 8, e: 6 };

  async function expectRows(given: Case, rows: Partial<Record<keyof Results, readonly number[]>>, bound = 1e-6) {
    const got = await run(engine(), backend.on, given);
    for (const [name, row] of Object.entries(rows) as [keyof Results, readonly number[]][]) {
      expectWaveSums(got[name] as Float64Array, row, name, name.startsWith("d") ? 1e-5 : bound);
    }
    await check(engine(), backend.on, given, { bound });
    return got;
  }

  test("N1", async () => {
    const got = await expectRows(generated(sizes), {
      o: [8.26590404703, 16.238858286, 5.25454168028],
      s: [0.0679184586839, 1.77364364874, 1.13879994885],
      z: [164.791309221, 29.1314042467, 2.11159524348],
      dq: [45.4628764411, 48.3804310908, -55.4838963862],
      dx: [0, 21.4403821535, 11.4770321153],
      dv: [12.53125, 18.9683574927, -11.0769857101],
    });
    const last = got.o?.slice(((1 * 77 + 76) * 2 + 1) * 6);
    [-0.48671454260323666, 0.333748588194537, -0.3821482087725037].forEach((value, i) => {
      expect(last?.[i]).toBeCloseTo(value, 6);
    });
  });

  test("N2", async () => {
    const warm = { s0: gen(192, 3, 2, 11), z0: gen(32, 2, 1, 9, 4), dS: gen(192, 9, 5, 31), dZ: gen(32, 3, 1, 7) };
    await expectRows(
      { ...generated(sizes, 4, 8 ** -0.5), ...warm },
      {
        o: [2.02113705031, 5.53706102353, 1.25823362846],
        s: [0.066559795791, 1.76019765482, 1.13835612115],
        dq: [7.79393844287, 14.8615765046, -10.7419175581],
        dx: [-0.720675361048, 7.58345332133, 3.64405831918],
        dv: [2.3153158891, 7.0254951889, -3.26076418314],
        ds0: [-0.134849963225, 2.53648516316, 0.089105310954],
        dz0: [0.220675361048, 1.5973452109, -0.0915815987275],
      },
    );
  });

  test("N3 huge logits", async () => {
    await expectRows(
      generated({ ...sizes, batch: 1 }, 1 / 16),
      {
        o: [2.97890702403, 56.6938719735, -7.73898527854],
        z: [2326.40385514, 581.601003915, 1526.94875373],
        dq: [-11.8119814876, 102.915725845, -40.1585513696],
        dx: [0, 11.0352374446, 4.81357718027],
        dv: [-15.859375, 35.8321418517, -14.9732770552],
      },
      2e-6,
    );
  });

  test("N4 global", async () => {
    await expectRows(
      { ...generated({ ...sizes, time: 49 }), global: true },
      {
        o: [-0.23651200326, 9.28988477211, 0.914530512804],
        s: [1.44982830781, 2.19240576971, 1.71890339753],
        dq: [-1.38097908097, 23.7625596819, 0.809984464478],
        dx: [0, 12.0163001251, -19.0755680426],
        dv: [-10.390625, 10.1856660669, -2.43343799661],
      },
    );
  });
});
