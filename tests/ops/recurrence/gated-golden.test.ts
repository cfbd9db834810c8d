/**
 * Published numbers of the mixers whose state decays by gates: the tiny and medium rows of the table of linear recurrences, for the
 * oracle and for every form on the CPU.
 */
import { describe, expect, test } from "vitest";
import { gatedBackwardOracle, gatedOracle } from "../../../src/oracles/recurrence-gated.js";
import type { Tensor } from "../../../src/tensor/tensor.js";
import { openFor, type TestBackend, wasmBackends } from "../../support/engines.js";
import { expectChecksums, expectDigits } from "../../support/golden.js";
import { backwardOf, callOf, forwardOf, type GatedCase, gateGradient, inputOf } from "./gated-cases.js";

type Name = "o" | "state" | "dq" | "dk" | "dv" | "dInitialState" | "dGate" | "dBonus";

interface Row {
  readonly name: string;
  readonly given: Pick<GatedCase, "gate" | "vector" | "bonus">;
  /** k is 1 - e^gate (HGRN2), and the gate's gradient takes in that of k. */
  readonly keysOfGate?: boolean;
  /** Log-decay per head. */
  readonly decay?: (head: number) => number;
  readonly medium: Partial<Record<Name, string>>;
  readonly tiny?: { o: number[]; state?: number[]; dGate?: number[]; dBonus?: number[] };
}

const rows: Row[] = [
  {
    name: "linear",
    given: { gate: "none" },
    medium: {
      o: "-35.826886713 / 1068.773464127 / 17.551828585",
      state: "21.265698317 / 2337.676019802 / -42.139522468",
      dq: "2.237128257 / 954.496944895 / 11.329853818",
      dk: "-1.497890379 / 3001.832642460 / 21.634806243",
      dv: "-92.494748156 / 3079.439876181 / -20.897163234",
      dInitialState: "19.533927212 / 291.706614112 / 6.729347801",
    },
    tiny: {
      o: [0.255074639, -0.070809702, 1.49643407, -0.165500685, -0.764919788, -0.011436361],
      state: [2.247293697, 0.4164605, 1.253971916, -0.359510546],
    },
  },
  {
    name: "retention",
    given: { gate: "decay" },
    decay: (head) => Math.log(1 - 2 ** (-5 - head)),
    medium: {
      o: "-21.174047171 / 653.729910095 / 14.080024588",
      state: "17.429107492 / 1102.822057730 / -20.769426023",
      dq: "-0.731931589 / 592.645166163 / 10.078619856",
      dk: "-15.763716174 / 1606.014524527 / 19.860899173",
      dv: "-51.487452286 / 1632.893787969 / -10.371266410",
      dInitialState: "11.023653878 / 93.653609665 / 4.020986127",
    },
  },
  {
    name: "simple_gla",
    given: { gate: "gate" },
    medium: {
      o: "-15.997659806 / 86.003570867 / -0.311663007",
      state: "6.234674482 / 92.093325611 / 1.742542811",
      dq: "-5.062146980 / 75.601498708 / 6.444890820",
      dk: "-13.928011221 / 172.122254418 / 6.380397298",
      dv: "6.963087972 / 182.581893364 / 5.161712823",
      dInitialState: "-0.665940074 / 4.019674448 / -0.120484831",
      dGate: "-11.068156541 / 34.803696958 / -4.099874568",
    },
    tiny: {
      o: [0.222184269, -0.060095044, 1.045885068, 0.058211546, -0.311484524, -0.023312365],
      state: [1.188228922, -0.117631086, 0.240811432, 0.222101379],
      dGate: [0.104189243, 0.049524241, -0.287751941],
    },
  },
  {
    name: "gla",
    given: { gate: "gate", vector: true },
    medium: {
      o: "-13.171255302 / 82.939793206 / -0.686901358",
      state: "6.152881301 / 93.706600899 / 2.203340946",
      dq: "-4.190527802 / 76.550771486 / 9.544782490",
      dk: "-17.628374687 / 176.002982154 / 6.989260198",
      dv: "10.741316349 / 182.153279193 / 8.065055006",
      dInitialState: "-0.070597534 / 3.166342260 / 0.247635533",
      dGate: "-6.188742116 / 40.459605157 / -1.189412465",
    },
    tiny: {
      o: [0.215631207, -0.047418413, 1.05422728, 0.055690796, -0.464571063, -0.036640382],
      state: [1.420546762, -0.003157074, 0.706602413, 0.169539045],
    },
  },
  {
    name: "hgrn2",
    given: { gate: "gate", vector: true },
    keysOfGate: true,
    medium: {
      o: "2.424602071 / 41.683767821 / -0.991453454",
      state: "12.348571512 / 44.649054501 / 2.591512281",
      dq: "8.966146272 / 38.295849176 / 5.808504799",
      dv: "19.604524746 / 79.495768673 / -0.017201791",
      dInitialState: "-0.070597534 / 3.166342260 / 0.247635533",
      dGate: "-0.235027976 / 116.874242191 / -13.293295435",
    },
  },
  {
    name: "rwkv6",
    given: { gate: "gate", vector: true, bonus: true },
    medium: {
      o: "-18.699043043 / 87.537560284 / 9.347490796",
      state: "6.152881301 / 93.706600899 / 2.203340946",
      dq: "0.282787063 / 98.481703712 / 5.487355793",
      dk: "-14.937715394 / 188.536122895 / 11.043014712",
      dv: "0.446310702 / 164.527116972 / 2.208032274",
      dInitialState: "0.855938673 / 7.679570267 / 0.449788865",
      dGate: "-9.007439529 / 40.260899283 / -1.568282923",
      dBonus: "-1.724440572 / 20.192165256 / -1.363627817",
    },
    tiny: {
      o: [0.13082462, -0.042345542, 0.852368183, -0.299285073, -0.526237761, -0.064023531],
      dBonus: [-0.228816269, -0.078563838],
    },
  },
  {
    name: "signed scalar gate",
    given: { gate: "signedGate" },
    medium: {
      o: "0.712623239 / 79.395375552 / -0.876967902",
      state: "-1.324381252 / 110.953827403 / -5.188066369",
      dq: "-10.933072965 / 64.873175995 / 2.225358695",
      dk: "-11.870809492 / 157.292924363 / 7.265844202",
      dv: "1.825631656 / 178.324385050 / 7.919397638",
      dInitialState: "0.156354656 / 3.338769166 / 1.120552890",
      dGate: "0.535144056 / 74.886867035 / -2.445159044",
    },
  },
  {
    name: "signed vector gate",
    given: { gate: "signedGate", vector: true },
    medium: {
      o: "0.145601503 / 80.169644884 / -2.849385739",
      state: "15.188389434 / 71.096668300 / 1.127750708",
      dq: "-12.289813938 / 65.236368113 / 1.557872238",
      dk: "-1.094458449 / 144.578945180 / -3.622483863",
      dv: "19.690545659 / 153.422592044 / 14.919865149",
      dInitialState: "-0.711049556 / 2.593273849 / -0.322695616",
      dGate: "-1.831510304 / 72.262404526 / 3.588452220",
    },
  },
];

const mediumSizes = { batch: 2, steps: 37, heads: 2, k: 16, v: 8, initial: true } as const;
const tinySizes = { batch: 1, steps: 3, heads: 1, k: 2, v: 2, initial: true } as const;

/** The case's input with what the row makes of it. */
function rowInput(row: Row, sizes: typeof mediumSizes | typeof tinySizes, rest: Partial<GatedCase> = {}) {
  const given: GatedCase = { ...row.given, ...sizes, ...rest };
  const plain = inputOf(given);
  const { decay, keysOfGate } = row;
  const gate = decay ? plain.gate.map((_, head) => decay(head)) : plain.gate;
  const input = {
    ...plain,
    gate,
    ...(decay
      ? { factor: plain.factor.map((_, i) => Math.exp(gate[Math.floor(i / sizes.k) % plain.valueHeads] as number)) }
      : {}),
    ...(keysOfGate ? { k: plain.factor.map((a) => 1 - a) } : {}),
  };
  return { given, input };
}

/** The gate's gradient, through the keys too where they are made of it: k = 1 - e^g. */
function whole(row: Row, dGate: ArrayLike<number>, dk: ArrayLike<number>, factor: Float64Array): Float64Array {
  return Float64Array.from(dGate, (x, i) => (row.keysOfGate ? x - (factor[i] as number) * (dk[i] as number) : x));
}

function compare(row: Row, results: Partial<Record<Name, ArrayLike<number>>>, label: string): void {
  for (const [name, expected] of Object.entries(row.medium)) {
    expectChecksums(results[name as Name] as ArrayLike<number>, expected, `${name} of ${row.name}, ${label}`);
  }
}

describe("the oracle", () => {
  test.each(rows)("$name, medium", (row) => {
    const { given, input } = rowInput(row, mediumSizes);
    const gradients = gatedBackwardOracle(input, input.dO, input.dState);
    const dGate = whole(row, gateGradient(given, input, gradients.dFactor), gradients.dk, input.factor);
    compare(row, { ...gatedOracle(input), ...gradients, dGate }, "oracle");
  });
});

const forms = [
  { form: "sequential" },
  { form: "chunked", chunk: 16 },
  { form: "chunked", chunk: 32 },
  { form: "chunked", chunk: 64 },
] as const;

describe.each(wasmBackends)("gated recurrences on $name", (backend: TestBackend) => {
  const engine = openFor(backend);

  async function run(row: Row, sizes: typeof mediumSizes | typeof tinySizes, rest: Partial<GatedCase>) {
    const { given, input } = rowInput(row, sizes, rest);
    const call = callOf(engine(), given, input);
    const { o, state } = forwardOf(given)(call.q, call.k, call.v, call.options);
    const actual = backwardOf(given)(call.q, call.k, call.v, call.dO, call.backward);
    const data = async (tensor: Tensor | undefined) => (await tensor?.data()) ?? [];
    const dk = await data(actual.dk);
    const gate = whole(row, await data(actual.dGate ?? actual.dSignedGate), dk, input.factor);
    const results = {
      ...{ o: await data(o), state: await data(state), dq: await data(actual.dq), dk, dv: await data(actual.dv) },
      ...{ dInitialState: await data(actual.dInitialState), dGate: gate, dBonus: await data(actual.dBonus) },
    };
    for (const tensor of [...call.tensors, o, state, ...Object.values(actual)]) tensor.dispose();
    return results;
  }

  test.each(rows)("$name, medium, in every form", async (row) => {
    for (const form of forms) compare(row, await run(row, mediumSizes, form), JSON.stringify(form));
  });

  test.each(rows.filter(({ tiny }) => tiny))("$name, tiny", async (row) => {
    for (const form of forms) {
      const results = await run(row, tinySizes, form);
      for (const [name, digits] of Object.entries(row.tiny ?? {})) {
        expectDigits(results[name as Name], digits, `${name} of ${row.name}, ${JSON.stringify(form)}`, 1e-6);
      }
    }
  });

  test("a gate of zeros gives the bits of no gate", async () => {
    const given: GatedCase = { gate: "gate", ...mediumSizes, strength: 0 };
    for (const form of forms) {
      const zeros = await run({ name: "zeros", given, medium: {} }, mediumSizes, { ...form, strength: 0 });
      const none = await run({ name: "none", given: { gate: "none" }, medium: {} }, mediumSizes, form);
      for (const name of ["o", "state", "dq", "dk", "dv"] as const) expect(zeros[name]).toEqual(none[name]);
    }
  });
});
