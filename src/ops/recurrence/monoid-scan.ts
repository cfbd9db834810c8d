/** Running products in a finite monoid: a finite automaton over a whole text at once. */
import { InputError } from "../../backends/contract.js";
import type { GpuCapabilities } from "../../backends/webgpu/run.js";
import { source as shader } from "../../generated/shaders/recurrence-scan-monoid.js";
import { type DType, sizeOf } from "../../tensor/dtype.js";
import { assertTensor, type Tensor } from "../../tensor/tensor.js";
import { defineOp, type Op, type PreparedCall } from "../define-op.js";
import { placementOf } from "../support/call-options.js";
import { castOnGpu } from "../support/cast-calls.js";
import { chunksOf } from "../support/chunks.js";
import { checkDType } from "../support/formats.js";
import { tableOnGpu } from "./gpu-segments.js";
import { scanOnGpu, whyNotScan } from "./scan/gpu.js";
import { scanGroup } from "./scan/group.js";
import { type LineOptions, type Lines, linesOf } from "./scan/lines.js";
import { FiniteMonoid } from "./scan/monoid.js";
import { regionFrom } from "./scan/pieces.js";
import { scanWords } from "./scan/words.js";

export interface MonoidScanOptions extends LineOptions {
  /** x followed by y at [x][y], for up to 256 elements; as a FiniteMonoid it is checked once, not in every call. */
  table: FiniteMonoid | ArrayLike<ArrayLike<number>>;
}

export interface MonoidScanParams {
  readonly dtype: DType;
  readonly lines: Lines;
  readonly monoid: FiniteMonoid;
}

const op = "monoidScan";

function prepare(codes: Tensor, options: MonoidScanOptions): PreparedCall<MonoidScanParams> {
  assertTensor(op, "codes", codes);
  checkDType(op, "codes", codes.dtype, ["u8", "i32", "u32"]);
  const placement = placementOf(op, options ?? null);
  const { table } = options;
  if (typeof table !== "object" || table === null) throw new InputError(op, "table", "must be an array of rows");
  const { lines, flags } = linesOf(op, codes.shape, options);
  return {
    inputs: [codes, ...flags],
    names: ["codes", "segments"],
    outputs: [{ shape: codes.shape, dtype: codes.dtype }],
    params: {
      dtype: codes.dtype,
      lines,
      monoid: table instanceof FiniteMonoid ? table : new FiniteMonoid(table, op),
    },
    ...placement,
  };
}

/** Words that one binding holds, in whole units of what offsets of bindings are multiples of. */
const codesAtOnce = ({ limits }: GpuCapabilities): number =>
  Math.floor(limits.maxStorageBufferBindingSize / 1024) * 256;

/** Four bytes to a word. */
function wordsOf(bytes: Uint8Array): number[] {
  const padded = new Uint8Array(Math.ceil(bytes.length / 4) * 4);
  padded.set(bytes);
  return Array.from(new Uint32Array(padded.buffer));
}

/**
 * y_t = x_0 x_1 ... x_t along an axis, in the monoid of a multiplication table; an exclusive scan begins with its unit. In
 * `reverse`, y_t = x_n ... x_t. Codes are u8, i32 or u32; no gradient.
 *
 * @throws InputError when the table is no monoid (see FiniteMonoid), or when a code is none of its elements (CPU; a GPU takes the
 * last element instead); ShapeError, DTypeError, DisposedError, OutOfMemoryError
 * @example
 * const parity = monoidScan(bits, { table: [[0, 1], [1, 0]] });
 */
export const monoidScan: Op<[codes: Tensor, options: MonoidScanOptions], MonoidScanParams> = defineOp({
  name: op,
  prepare,
  work: ({ dtype, lines: { outer, n, inner } }: MonoidScanParams) => ({
    operations: 2 * outer * n * inner,
    bytes: 2 * outer * n * inner * sizeOf(dtype),
    launches: 3,
    rate: "gather",
  }),
  wasm: {
    group: scanGroup,
    run: (w, [codes, flags], [y], { lines, monoid: { size, unit, table } }) => {
      const outside = w.kernels.scan_first_outside(codes!.ptr, sizeOf(codes!.dtype), codes!.size, size);
      if (outside >= 0) throw new InputError(op, "codes", `has no element of the monoid at index ${outside}`);
      const ptr = w.scratch(table.length);
      w.bytes(ptr, table.length).set(table);
      scanWords(w, { code: 4, unit, table: { ptr, size } }, lines, [codes!, flags], y!);
    },
  },
  webgpu: {
    bindsParts: true,
    unsupported: (caps, { lines }) => whyNotScan(caps, lines, 4),
    encode: (g, [codes, flags], [y], { dtype, lines, monoid: { size, unit, table } }) => {
      const bytes = dtype === "u8";
      // Single bytes cannot be written: a byte's neighbours may be another invocation's.
      const words = bytes ? g.scratch(4 * y!.size) : y!;
      scanOnGpu(g, lines, flags, words, {
        label: op,
        shader,
        constants: { BYTES: bytes },
        run: 16,
        itemBytes: 8,
        inputs: [[codes!, sizeOf(dtype)]],
        whole: [tableOnGpu(g, wordsOf(table))],
        elementBytes: 4,
        params: [size, unit],
      });
      if (!bytes) return;
      for (const [first, count] of chunksOf(y!.size, codesAtOnce(g.caps))) {
        const [from, to] = [regionFrom(words, 4, first, first + count), regionFrom(y!, 1, first, first + count)];
        castOnGpu(g, from, to, "u32", "u8", count);
      }
    },
  },
  gradient: { constant: "codes are integers" },
  bound: "exact",
});
