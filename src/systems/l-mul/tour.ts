/** L-Mul on the tour: attention with exact, L-Mul and fp8 products, error against mantissa bits, beside the expected figures. */

import type { BackendName } from "../../backends/contract.js";
import { lmulAttentionOracle, relativeFrobenius } from "../../oracles/l-mul-attention.js";
import { decodeArray, encodeArray, type SmallFloat } from "../../tensor/codecs.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { TourCheck, TourContext, TourResult, TourStop } from "../tour-stop.js";
import { lmulAttention } from "./attention.js";
import { attentionError } from "./published.js";

export const stop: TourStop = {
  name: "l-mul",
  title: "L-Mul: multiplication by integer addition",
  about:
    "A product of two floats is taken as one integer addition of their bit patterns (Luo and Sun 2024). Attention over 64 " +
    "vectors of 32 near-normal numbers is computed with exact products, with L-Mul on 2 to 7 mantissa bits, and with 8-bit " +
    "floats, and compared with double precision. The expected figures were computed by independent scripts.",
  run,
};

const vectors = 64;
const d = 32;
const widths = [2, 3, 4, 5, 6, 7] as const;
/** The figures of an independent computation agree to 2 %. */
const tolerance = 0.02;

interface Row {
  readonly product: string;
  readonly bits: number;
  readonly error: number;
  readonly expected?: number;
}

async function run({ engine, backends, signal, progress }: TourContext): Promise<TourResult> {
  const [q, k, v] = [nearNormal(100), nearNormal(101), nearNormal(102)] as const;
  const head = { q, k, v, rows: vectors, keys: vectors, d, dv: d };
  const exact = lmulAttentionOracle({ ...head, product: (x, y) => x * y }).values;
  const tensors = [q, k, v].map((x) => engine.tensor(x, { shape: [1, vectors, 1, d] })) as [Tensor, Tensor, Tensor];
  const byBackend = new Map<BackendName, Row[]>();
  for (const [index, { name }] of backends.entries()) {
    signal.throwIfAborted();
    progress(index / backends.length, name);
    byBackend.set(name, await lmulRows(tensors, exact, name));
  }
  for (const tensor of tensors) tensor.dispose();
  const eightBit = (["e4m3", "e5m2", "bf16"] as const).map((format) => multipliedRow(head, format, exact));
  const rows = [...(byBackend.values().next().value ?? []), ...eightBit];
  const four = rows.find(({ bits, product }) => bits === 4 && product.startsWith("L-Mul"))?.error ?? Number.NaN;
  const e4m3 = eightBit[0]?.error ?? Number.NaN;
  return {
    summary: `L-Mul on 4 mantissa bits is off by ${percent(four)}, E4M3 multiplication by ${percent(e4m3)}`,
    checks: [
      ...[...byBackend].flatMap(([name, found]) => found.flatMap((row) => checkOf(row, ` on ${name}`))),
      ...eightBit.flatMap((row) => checkOf(row, "")),
      ...agreement(byBackend),
    ],
    tables: [
      {
        title: "Relative Frobenius error of the result",
        columns: ["product", "mantissa bits", "error", "expected"],
        rows: rows.map(({ product, bits, error, expected }) => [product, bits, error, expected ?? ""]),
      },
    ],
    plots: [
      {
        kind: "line",
        title: "Error against mantissa bits",
        caption: "Lines: computed here. Expected: independent figures, where there are any.",
        x: { label: "mantissa bits" },
        y: { label: "relative error", scale: "log" },
        series: [
          ...[...byBackend].map(([name, found]) => ({ name: `L-Mul, ${name}`, points: pointsOf(found.slice(0, -1)) })),
          { name: "multiplied 8-bit and bf16 floats", points: pointsOf([...eightBit].sort((a, b) => a.bits - b.bits)) },
          {
            name: "expected",
            points: rows.flatMap(({ bits, expected }) => (expected && bits < 20 ? [[bits, expected] as const] : [])),
          },
        ],
      },
    ],
  };
}

/** k = 2..7 on truncated operands, then all 23 bits. */
async function lmulRows(tensors: [Tensor, Tensor, Tensor], exact: ArrayLike<number>, on: BackendName): Promise<Row[]> {
  const known: Record<number, number> = {
    3: attentionError.lmulTrunc3,
    4: attentionError.lmulTrunc4,
    23: attentionError.lmulF32,
  };
  const rows: Row[] = [];
  for (const k of [...widths, 23]) {
    const result = lmulAttention(...tensors, { k, on });
    const error = relativeFrobenius((await result.data()) as Float32Array, exact);
    result.dispose();
    rows.push({
      product: k === 23 ? "L-Mul, all of f32" : "L-Mul",
      bits: k,
      error,
      ...(known[k] ? { expected: known[k] } : {}),
    });
  }
  return rows;
}

/** Ordinary multiplication of operands and weights that were rounded to a smaller format. */
function multipliedRow(
  {
    q,
    k,
    v,
    ...sizes
  }: { q: Float32Array; k: Float32Array; v: Float32Array; rows: number; keys: number; d: number; dv: number },
  format: Extract<SmallFloat, "e4m3" | "e5m2" | "bf16">,
  exact: ArrayLike<number>,
): Row {
  const rounded = (values: ArrayLike<number>) => decodeArray(format, encodeArray(format, values));
  const weight = (w: number) => rounded([w])[0] as number;
  const operands = { q: rounded(q), k: rounded(k), v: rounded(v) };
  const { values } = lmulAttentionOracle({ ...sizes, ...operands, weight, product: (x, y) => x * y });
  const bits = { e4m3: 3, e5m2: 2, bf16: 7 }[format];
  return {
    product: `${format} multiplied`,
    bits,
    error: relativeFrobenius(values, exact),
    expected: attentionError[format],
  };
}

function checkOf({ product, bits, error, expected }: Row, where: string): TourCheck[] {
  if (expected === undefined) return [];
  const off = Math.abs(error / expected - 1);
  return [
    {
      name: `${product}, ${bits} bits${where}: distance from the expected error`,
      ok: off <= tolerance,
      error: off,
      bound: tolerance,
    },
  ];
}

/** Backends differ in the softmax only, by less than a thousandth of the error itself. */
function agreement(byBackend: ReadonlyMap<BackendName, readonly Row[]>): TourCheck[] {
  const [first, ...others] = [...byBackend.values()];
  return others.map((rows) => {
    const error = Math.max(...rows.map((row, i) => Math.abs(row.error / (first?.[i]?.error ?? Number.NaN) - 1)));
    return { name: "backends agree on every error", ok: error <= 1e-3, error, bound: 1e-3 };
  });
}

const pointsOf = (rows: readonly Row[]) => rows.map(({ bits, error }) => [bits, error] as const);
const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;

/** Sums of twelve hashed uniforms: close to N(0, 1), the same on every machine. */
function nearNormal(stream: number): Float32Array {
  const uniform = (i: number): number => hash(i + 65536 * stream + 1) / 2 ** 32 - 0.5;
  return Float32Array.from({ length: vectors * d }, (_, i) => {
    let sum = 0;
    for (let j = 0; j < 12; j++) sum += uniform(12 * i + j);
    return sum;
  });
}

/** The finaliser of MurmurHash3 (Appleby 2011). */
function hash(value: number): number {
  let u = value ^ (value >>> 16);
  u = Math.imul(u, 0x85ebca6b);
  u = Math.imul(u ^ (u >>> 13), 0xc2b2ae35);
  return (u ^ (u >>> 16)) >>> 0;
}
