/** L-Mul on the tour: attention by exact, L-Mul and fp8 products, error against mantissa bits beside the expected figures. */
import type { BackendName } from "../../backends/contract.js";
import { dimension, embed, wordsOf } from "../text-embedding.js";
import type { LinePlot, TourCheck, TourContext, TourResult, TourStop, TourTable } from "../tour-stop.js";
import { attentionError } from "./published.js";
import { distanceFromOracle, type ErrorRow, errorRows, exactAttention, type Head } from "./tour-errors.js";

export const stop: TourStop = {
  name: "l-mul",
  title: "L-Mul: multiplication by integer addition",
  about:
    "A product of two floats is taken as one integer addition of their bit patterns (Luo and Sun 2024). Attention over 64 " +
    "vectors of 32 near-normal numbers, and over the words of this repository's own documents, is computed with L-Mul on 2 " +
    "to 7 mantissa bits and with multiplied 8- and 16-bit floats, and compared with double precision. The expected " +
    "figures of the first case were computed by independent scripts.",
  run,
};

/** Words that the head reads, and how many of them the slow oracle of L-Mul reads. */
const wordCounts = { small: 64, full: 192 };
const checkedWords = 48;
/** Unit vectors: sharp enough that a word attends to its like. */
const textScale = 8;
/** The figures of an independent computation agree to 2 %; that of bf16 is printed with two digits only. */
const tolerance = (product: string): number => (product.startsWith("bf16") ? 0.05 : 0.02);

type RowsByBackend = Map<BackendName, ErrorRow[]>;

async function run(context: TourContext): Promise<TourResult> {
  const { engine, backends, documents, signal, progress } = context;
  const words = documents.flatMap(({ text }) => wordsOf(text));
  const [numbers, texts]: [RowsByBackend, RowsByBackend] = [new Map(), new Map()];
  const checks: TourCheck[] = [];
  for (const [index, { name, size }] of backends.entries()) {
    signal.throwIfAborted();
    progress(index / backends.length, name);
    const random = nearNormalHead();
    numbers.set(name, await errorRows(engine, random, exactAttention(random), name));
    const text = textHead(words.slice(0, wordCounts[size]));
    signal.throwIfAborted();
    texts.set(name, await errorRows(engine, text, exactAttention(text), name));
    const error = await distanceFromOracle(engine, textHead(words.slice(0, checkedWords)), name);
    checks.push({ name: `L-Mul attention over ${checkedWords} words on ${name}`, ok: error <= 1, error, bound: 1 });
  }
  for (const [name, rows] of numbers) checks.push(...rows.flatMap((row) => expectation(row, name)));
  const [first] = texts.values();
  return {
    summary: `over words, L-Mul on 4 bits is off by ${percent(first, "L-Mul", 4)}, E4M3 multiplication by ${percent(first, "e4m3 multiplied", 3)}`,
    checks,
    tables: [tableOf("64 near-normal vectors", numbers, true), tableOf("Words of our documents", texts, false)],
    plots: [
      plotOf("Error against bits: 64 near-normal vectors", numbers, true),
      plotOf("Error against bits: words", texts, false),
    ],
  };
}

/** What an independent computation of the first case found. */
function expected({ product, bits }: ErrorRow): number | undefined {
  if (product.endsWith("multiplied")) return attentionError[product.slice(0, 4) as "e4m3" | "e5m2" | "bf16"];
  const { lmulTrunc3, lmulTrunc4, lmulF32 } = attentionError;
  return ({ 3: lmulTrunc3, 4: lmulTrunc4, 23: lmulF32 } as Record<number, number>)[bits];
}

function expectation(row: ErrorRow, on: BackendName): TourCheck[] {
  const figure = expected(row);
  if (figure === undefined) return [];
  const error = Math.abs(row.error / figure - 1);
  const bound = tolerance(row.product);
  return [{ name: `${row.product}, ${row.bits} bits on ${on}: expected error`, ok: error <= bound, error, bound }];
}

function tableOf(title: string, byBackend: RowsByBackend, isPublished: boolean): TourTable {
  const names = [...byBackend.keys()];
  const [rows = []] = byBackend.values();
  return {
    title: `Relative error of attention: ${title}`,
    columns: ["product", "mantissa bits", ...names, ...(isPublished ? ["expected"] : [])],
    rows: rows.map((row, i) => [
      row.product,
      row.bits,
      ...names.map((name) => byBackend.get(name)?.[i]?.error ?? ""),
      ...(isPublished ? [expected(row) ?? ""] : []),
    ]),
  };
}

function plotOf(title: string, byBackend: RowsByBackend, isPublished: boolean): LinePlot {
  const [rows = []] = byBackend.values();
  const points = (chosen: readonly ErrorRow[]) => chosen.map(({ bits, error }) => [bits, error] as const);
  const isMultiplied = ({ product }: ErrorRow) => product.endsWith("multiplied");
  const known = rows.flatMap((row) => {
    const figure = expected(row);
    return figure !== undefined && row.bits <= 7 ? [[row.bits, figure] as const] : [];
  });
  return {
    kind: "line",
    title,
    caption: "L-Mul of truncated operands against multiplication of fp8 (2 and 3 bits) and bf16 (7 bits).",
    x: { label: "mantissa bits" },
    y: { label: "relative error", scale: "log" },
    series: [
      ...[...byBackend].map(([name, found]) => ({
        name: `L-Mul, ${name}`,
        points: points(found.filter((row) => row.bits <= 7 && !isMultiplied(row))),
      })),
      { name: "multiplied", points: points(rows.filter(isMultiplied)) },
      ...(isPublished ? [{ name: "expected", points: known, pointsOnly: true }] : []),
    ],
  };
}

function percent(rows: readonly ErrorRow[] | undefined, product: string, bits: number): string {
  const error = rows?.find((row) => row.product === product && row.bits === bits)?.error ?? Number.NaN;
  return `${(100 * error).toFixed(1)} %`;
}

function textHead(words: readonly string[]): Head {
  const x = embed(words);
  return { q: x, k: x, v: x, time: words.length, d: dimension, scale: textScale, causal: true };
}

function nearNormalHead(): Head {
  const [time, d] = [64, 32];
  const [q, k, v] = [100, 101, 102].map((stream) => nearNormal(stream, time * d)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  return { q, k, v, time, d, scale: d ** -0.5, causal: false };
}

/** Sums of twelve hashed uniforms: close to N(0, 1), the same on every machine. */
function nearNormal(stream: number, count: number): Float32Array {
  const uniform = (i: number): number => hash(i + 65536 * stream + 1) / 2 ** 32 - 0.5;
  return Float32Array.from({ length: count }, (_, i) => {
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
