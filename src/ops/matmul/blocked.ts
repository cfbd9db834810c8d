/**
 * The blocked product: for blocks of n and of k, B is packed once (by all threads), then ranges of rows and columns of c
 * are independent calls. Every element of c sees the same operations in the same order however the ranges are cut, so the
 * number of threads does not show in the result.
 */
import type { WasmRun } from "../../backends/wasm/group.js";
import type { CoreKernels } from "../../generated/kernels/core.js";
import { type DType, sizeOf } from "../../tensor/dtype.js";
import type { MatmulParams } from "./params.js";
import type { Finish, Product } from "./wasm.js";

type Run = WasmRun<CoreKernels>;

/** The numbers that distinguish the f32 and the f64 kernels. */
const schemes = {
  // 256 x 1024 f32 of packed B are 1 MiB of scratch: small beside the operands, large enough to amortise packing A.
  f32: { bytes: 4, tileColumns: 8, blockK: 256, blockN: 1024, pack: "f32_pack_b_8", gemm: "f32_gemm_4x8" },
  f64: { bytes: 8, tileColumns: 4, blockK: 128, blockN: 1024, pack: "f64_pack_4", gemm: "f64_gemm_4x4" },
} as const;

/** Rows that a kernel packs at a time, and lanes that it widens at a time. */
const BLOCK_ROWS = 128;
const SPARE_BYTES = 128;
/** Multiply-adds below which a second thread costs more than it brings. */
const WORTH_A_THREAD = 1 << 17;

/** Numbers of the storage types in the kernels. */
const typeNumbers: Partial<Record<DType, number>> = { f16: 0, bf16: 1, e4m3: 2, e5m2: 3, i8: 4, u8: 5, f32: 8, f64: 8 };

export function blockedProducts(
  w: Run,
  products: readonly Product[],
  types: MatmulParams["types"],
  finish: Finish,
): void {
  const [{ m, n, k }] = products as [Product];
  const scheme = schemes[types.result];
  const blocksK = Math.ceil(k / scheme.blockK);
  const kc = Math.ceil(k / blocksK);
  const nc = Math.min(n, scheme.blockN);
  const threads = m * n * k * products.length < 2 * WORTH_A_THREAD ? 1 : w.threads;
  const tasks = threads === 1 ? 1 : 4 * threads;
  const perRound = Math.min(products.length, tasks);
  const block = new Block(w, types, finish, { perRound, tasks, kc, nc, m });
  for (let first = 0; first < products.length; first += perRound) {
    const round = products.slice(first, first + perRound);
    for (let n0 = 0; n0 < n; n0 += nc) {
      for (let k0 = 0; k0 < k; k0 += kc) block.run(round, n0, Math.min(nc, n - n0), k0, Math.min(kc, k - k0));
    }
  }
}

interface BlockSizes {
  readonly perRound: number;
  readonly tasks: number;
  readonly kc: number;
  readonly nc: number;
  readonly m: number;
}

/** Scratch memory and the two parallel steps of a block. */
class Block {
  readonly #w: Run;
  readonly #types: MatmulParams["types"];
  readonly #finish: Finish;
  readonly #sizes: BlockSizes;
  /** Packed B, one per product of a round. */
  readonly #packed: number;
  readonly #packedBytes: number;
  /** Per task: packed A and a strip of widened elements. */
  readonly #scratch: number;
  readonly #scratchBytes: number;

  constructor(w: Run, types: MatmulParams["types"], finish: Finish, sizes: BlockSizes) {
    const { tileColumns, bytes } = schemes[types.result];
    const { perRound, tasks, kc, nc, m } = sizes;
    this.#w = w;
    this.#types = types;
    this.#finish = finish;
    this.#sizes = sizes;
    this.#packedBytes = roundUp(nc, tileColumns) * kc * bytes;
    const widens = types.result === "f32" && (types.a !== "f32" || types.b !== "f32");
    const packedRows = roundUp(Math.min(m, BLOCK_ROWS), 4) * kc * bytes;
    this.#scratchBytes = roundUp(SPARE_BYTES + packedRows + (widens ? BLOCK_ROWS * kc * 4 : 0), 64);
    this.#packed = w.scratch(this.#packedBytes * perRound);
    this.#scratch = w.scratch(this.#scratchBytes * tasks);
  }

  run(round: readonly Product[], n0: number, n: number, k0: number, k: number): void {
    const sources = [...new Set(round.map(({ b }) => b))];
    const packedAt = new Map(sources.map((b, index) => [b, this.#packed + index * this.#packedBytes]));
    this.#pack(round[0] as Product, packedAt, n0, n, k0, k);
    this.#multiply(round, packedAt, n0, n, k0, k);
  }

  #pack(
    { n: stepN, k: stepK, transposeB }: Product,
    packedAt: ReadonlyMap<number, number>,
    n0: number,
    n: number,
    k0: number,
    k: number,
  ): void {
    const { bytes, tileColumns, pack } = schemes[this.#types.result];
    const size = sizeOf(this.#types.b);
    const columns = roundUp(Math.ceil(n / Math.max(1, Math.floor(this.#sizes.tasks / packedAt.size))), 2 * tileColumns);
    const calls: number[][] = [];
    for (const [b, packed] of packedAt) {
      for (let j = 0; j < n; j += columns) {
        const count = Math.min(columns, n - j);
        const from = b + size * (transposeB ? (n0 + j) * stepK + k0 : k0 * stepN + n0 + j);
        const to = packed + j * k * bytes;
        const stride = transposeB ? stepK : stepN;
        const spare = this.#scratch + calls.length * this.#scratchBytes;
        calls.push(
          pack === "f64_pack_4"
            ? [from, to, count, k, stride, transposeB ? 0 : 1]
            : [from, to, k, count, stride, transposeB ? 1 : 0, typeNumbers[this.#types.b] as number, spare],
        );
      }
    }
    this.#w.parallel(pack, calls);
  }

  #multiply(
    round: readonly Product[],
    packedAt: ReadonlyMap<number, number>,
    n0: number,
    n: number,
    k0: number,
    k: number,
  ): void {
    const { bytes, tileColumns, gemm } = schemes[this.#types.result];
    const size = sizeOf(this.#types.a);
    const { m, n: stepC, k: stepK, transposeA } = round[0] as Product;
    const share = Math.max(1, Math.floor(this.#sizes.tasks / round.length));
    const rowParts = Math.min(share, Math.ceil(m / 32));
    const rows = roundUp(Math.ceil(m / rowParts), 4);
    const columns = roundUp(Math.ceil(n / Math.min(Math.floor(share / rowParts), Math.ceil(n / 64))), tileColumns);
    const last = k0 + k === stepK;
    const calls: number[][] = [];
    for (const { a, b, c } of round) {
      for (let i = 0; i < m; i += rows) {
        for (let j = 0; j < n; j += columns) {
          calls.push([
            a + size * (transposeA ? k0 * m + i : i * stepK + k0),
            transposeA ? m : stepK,
            transposeA ? 1 : 0,
            typeNumbers[this.#types.a] as number,
            (packedAt.get(b) as number) + j * k * bytes,
            c + bytes * (i * stepC + n0 + j),
            stepC,
            Math.min(rows, m - i),
            Math.min(columns, n - j),
            k,
            k0 > 0 ? 1 : 0,
            last ? 1 : 0,
            this.#finish.bias && this.#finish.bias + bytes * (n0 + j),
            this.#finish.activation,
            this.#scratch + calls.length * this.#scratchBytes,
          ]);
        }
      }
    }
    this.#w.parallel(gemm, calls);
  }
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
