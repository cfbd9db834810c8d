/**
 * What the delta rule computes by construction, without training: automata as products of reflections (Grazzi et al., arXiv
 * 2411.12537; Siems et al., arXiv 2502.10297). Where weights are small integers f32 is exact for any length and any chunk.
 */
import { describe, expect, test } from "vitest";
import type { Engine } from "../../../src/index.js";
import { delta } from "../../../src/ops/recurrence/delta.js";
import type { DeltaRuleOptions } from "../../../src/ops/recurrence/delta-params.js";
import { openFor, type TestBackend, wasmBackends } from "../../support/engines.js";
import { goldenLetters } from "../../support/golden.js";

const forms: readonly DeltaRuleOptions[] = [
  { form: "sequential" },
  { form: "chunked", chunk: 16 },
  { form: "chunked", chunk: 64 },
];

interface Micro {
  readonly k: readonly number[];
  readonly beta: number;
  readonly v?: number;
}

const idle = (width: number): Micro => ({ k: new Array<number>(width).fill(0), beta: 0 });
const axis = (width: number, i: number) => Array.from({ length: width }, (_, d) => Number(d === i));
/** Exchanges two slots of the state: e_i - e_j with strength 1 keeps integers integers. */
const swap = (width: number, i: number, j: number): Micro => ({
  k: Array.from({ length: width }, (_, d) => Number(d === i) - Number(d === j)),
  beta: 1,
});
const negate = (width: number, i: number): Micro => ({ k: axis(width, i), beta: 2 });

/**
 * Runs letters, each of which stands for the same number of micro-steps, on one column; reads the state with every row of `reads`.
 * @returns reads[r][t]
 */
async function runLetters(
  engine: Engine,
  letters: ArrayLike<number>,
  alphabet: readonly (readonly Micro[])[],
  start: readonly number[],
  reads: readonly (readonly number[])[],
  options: DeltaRuleOptions = {},
  gates?: readonly number[],
): Promise<Float32Array[]> {
  const [steps, n, width, heads] = [
    letters.length,
    (alphabet[0] as readonly Micro[]).length,
    start.length,
    reads.length,
  ];
  const q = new Float32Array(steps * heads * width);
  const [k, v, beta] = [heads * width, heads, heads].map((size) => new Float32Array(steps * n * size)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const gate = new Float32Array(steps * heads);
  for (let t = 0; t < steps; t++) {
    const letter = letters[t] as number;
    for (let h = 0; h < heads; h++) {
      q.set(reads[h] as readonly number[], (t * heads + h) * width);
      gate[t * heads + h] = gates?.[letter] ?? 0;
      (alphabet[letter] as readonly Micro[]).forEach((micro, i) => {
        const row = (t * n + i) * heads + h;
        k.set(micro.k, row * width);
        beta[row] = micro.beta;
        v[row] = micro.v ?? 0;
      });
    }
  }
  const tensor = (values: Float32Array, ...shape: number[]) => engine.tensor(values, { shape });
  const initial = Float32Array.from(reads.flatMap(() => start));
  const given = [
    tensor(q, 1, steps, heads, width),
    tensor(k, 1, steps * n, heads, width),
    tensor(v, 1, steps * n, heads, 1),
    tensor(beta, 1, steps * n, heads),
  ] as const;
  const { o, state } = delta(...given, {
    ...{ scale: 1, householders: n, initialState: tensor(initial, 1, heads, width, 1), ...options },
    ...(gates && { gate: tensor(gate, 1, steps, heads) }),
  });
  const values = await o.data();
  for (const x of [...given, o, state]) x.dispose();
  return reads.map((_, h) => Float32Array.from({ length: steps }, (_, t) => values[t * heads + h] as number));
}

/** Content of slot s goes to slot p[s]; lexicographic rank of the permutations of 0 .. n - 1. */
function permutation(rank: number, n: number): number[] {
  const left = Array.from({ length: n }, (_, i) => i);
  let block = left.slice(1).reduce((product, i) => product * i, 1);
  let rest = rank;
  return Array.from({ length: n }, (_, i) => {
    const [chosen] = left.splice(Math.floor(rest / block), 1);
    rest %= block;
    block /= Math.max(1, n - 1 - i);
    return chosen as number;
  });
}

/** A permutation as n - 1 swaps, some of them idle: slot by slot, what must end there is brought in. */
function swapsOf(p: readonly number[]): Micro[] {
  const n = p.length;
  const at = Array.from({ length: n }, (_, s) => s);
  const swaps: Micro[] = [];
  for (let s = 0; s < n; s++) {
    const source = at.indexOf(p.indexOf(s));
    if (source === s) continue;
    swaps.push(swap(n, s, source));
    [at[s], at[source]] = [at[source] as number, at[s] as number];
  }
  return [...swaps, ...Array.from({ length: n - 1 - swaps.length }, () => idle(n))];
}

const modulo = (x: number, m: number) => ((x % m) + m) % m;
const argmax = (scores: readonly number[]) => scores.indexOf(Math.max(...scores));
const circle = (turn: number): readonly [number, number] => [Math.cos(turn), Math.sin(turn)];
/** The reflection whose product with the one along the second axis turns by `angle`. */
const reflection = (angle: number): Micro => ({ k: [-Math.sin(angle / 2), Math.cos(angle / 2)], beta: 2 });

describe.each(wasmBackends.slice(0, 3))("automata as delta rules on $name", (backend: TestBackend) => {
  const engine = openFor(backend);

  test.each(forms)("parity of 10^6 bits, exactly: %j", async (form) => {
    const bits = goldenLetters(1_000_000, 21, 2);
    const alphabet = [[{ k: [1], beta: 0 }], [{ k: [1], beta: 2 }]];
    const [o] = (await runLetters(engine(), bits, alphabet, [1], [[1]], form)) as [Float32Array];
    let sign = 1;
    let wrong = 0;
    bits.forEach((bit, t) => {
      if (bit === 1) sign = -sign;
      if (o[t] !== sign) wrong++;
    });
    expect(wrong).toBe(0);
    expect(o[4095]).toBe(1);
  });

  test.each(forms)("the word problem of S_5 over 20000 letters, exactly: %j", async (form) => {
    const letters = goldenLetters(20_000, 23, 120);
    const permutations = Array.from({ length: 120 }, (_, rank) => permutation(rank, 5));
    expect([23, 64, 119].map((rank) => permutations[rank])).toEqual([
      [0, 4, 3, 2, 1],
      [2, 3, 4, 0, 1],
      [4, 3, 2, 1, 0],
    ]);
    const read = [10000, 1000, 100, 10, 1];
    const [o] = (await runLetters(engine(), letters, permutations.map(swapsOf), [1, 2, 3, 4, 5], [read], form)) as [
      Float32Array,
    ];
    expect([...o.subarray(0, 8)]).toEqual([32541, 51243, 25413, 45213, 43512, 52134, 51234, 54321]);
    expect([o[4095], o[19_999]]).toEqual([51423, 15342]);
    let slots = [1, 2, 3, 4, 5];
    const expected = Array.from(letters, (letter) => {
      const next = [0, 0, 0, 0, 0];
      slots.forEach((content, s) => {
        next[(permutations[letter] as number[])[s] as number] = content;
      });
      slots = next;
      return Number(slots.join(""));
    });
    expect([...o].every((x, t) => x === expected[t])).toBe(true);
  });

  test.each([
    { m: 3, steps: 1000, final: 0 },
    { m: 5, steps: 1000, final: 4 },
    { m: 60, steps: 1000, final: 55 },
    { m: 3, steps: 100_000, final: 2 },
    { m: 5, steps: 100_000, final: 4 },
    { m: 60, steps: 100_000, final: 31 },
  ])("addition modulo $m by two reflections per letter, $steps letters", async ({ m, steps, final }) => {
    const letters = goldenLetters(steps, 22, m);
    const alphabet = Array.from({ length: m }, (_, w) => [reflection(0), reflection((2 * Math.PI * w) / m)]);
    const [x, y] = (await runLetters(engine(), letters, alphabet, [1, 0], [axis(2, 0), axis(2, 1)])) as [
      Float32Array,
      Float32Array,
    ];
    let sum = 0;
    let wrong = 0;
    letters.forEach((w, t) => {
      sum = (sum + w) % m;
      // The angle that is nearest is the largest of cos(2 pi i / m) x + sin(2 pi i / m) y.
      const nearest = modulo(Math.round((Math.atan2(y[t] as number, x[t] as number) * m) / (2 * Math.PI)), m);
      if (nearest !== sum) wrong++;
    });
    expect([wrong, sum]).toEqual([0, final]);
  });

  test.each(forms)("the rotations of a cube by two reflections per letter, exactly: %j", async (form) => {
    const letters = goldenLetters(100_000, 25, 2);
    const alphabet = [
      [swap(3, 0, 1), negate(3, 0)],
      [swap(3, 1, 2), negate(3, 1)],
    ];
    const [o] = (await runLetters(engine(), letters, alphabet, [1, 2, 3], [[1, 10, 100]], form)) as [Float32Array];
    expect(o.at(-1)).toBe(321);
    expect(new Set(o).size).toBe(24);
  });

  test.each([
    { m: 5, final: 3 },
    { m: 7, final: 2 },
    { m: 60, final: 17 },
  ])("addition modulo $m by two layers of one reflection per letter", async ({ m, final }) => {
    const letters = goldenLetters(10_000, 24, m);
    // Layer 1 tells odd times from even ones: h = -h + 1.
    const [parity] = (await runLetters(
      engine(),
      letters.map(() => 0),
      [[{ k: [1], beta: 2, v: 0.5 }]],
      [0],
      [[1]],
    )) as [Float32Array];
    const alphabet = Array.from({ length: 2 * m }, (_, letter) => {
      const w = letter >> 1;
      return [reflection(((letter % 2 === 1 ? 1 - 2 * w : 1 + 2 * w) * Math.PI) / m)];
    });
    const second = letters.map((w, t) => 2 * w + (parity[t] as number));
    const [x, y] = (await runLetters(engine(), second, alphabet, [1, 0], [axis(2, 0), axis(2, 1)])) as [
      Float32Array,
      Float32Array,
    ];
    const targets = Array.from({ length: m }, (_, i) => [
      circle(((1 - 2 * i) * Math.PI) / m),
      circle((2 * Math.PI * i) / m),
    ]);
    let sum = 0;
    let wrong = 0;
    letters.forEach((w, t) => {
      sum = (sum + w) % m;
      const scores = targets.map((pair) =>
        Math.max(...pair.map(([c, s]) => (c as number) * (x[t] as number) + (s as number) * (y[t] as number))),
      );
      if (argmax(scores) !== sum) wrong++;
    });
    expect([wrong, sum]).toEqual([0, final]);
  });

  test.each(forms)("an automaton with resets, by gates of -Infinity: %j", async (form) => {
    const letters = goldenLetters(64, 26, 4);
    const write = (s: number): Micro => ({ k: axis(2, s), beta: 1, v: 1 });
    const alphabet = [[swap(2, 0, 1)], [write(0)], [write(1)], [idle(2)]];
    const gates = [0, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
    const [o] = (await runLetters(engine(), letters, alphabet, [1, 0], [[0, 1]], form, gates)) as [Float32Array];
    expect([...o.subarray(0, 24)].join("")).toBe("111111011100000111100101");
    expect(o.reduce((sum, state) => sum + state, 0)).toBe(36);
  });

  test.each(forms)(
    "eigenvalues of [0, 1] forget a constant input's time, those of [-1, 1] need not: %j",
    async (form) => {
      const constant = new Int32Array(4000);
      for (const beta of [0.3, 0.7, 1]) {
        const [o] = (await runLetters(
          engine(),
          constant,
          [[{ k: [0.6, 0.8], beta, v: 0.7 }]],
          [1, -1],
          [[1, 2]],
          form,
        )) as [Float32Array];
        expect(new Set(o.subarray(2000)).size).toBe(1);
      }
      const [o] = (await runLetters(engine(), constant, [[{ k: [1, 0], beta: 2 }]], [1, 0], [[1, 0]], form)) as [
        Float32Array,
      ];
      expect([...o].every((x, t) => x === (t % 2 === 0 ? -1 : 1))).toBe(true);
    },
  );
});
