/**
 * Random tensors from a counter-based generator, Threefry-2x32-20 (Salmon, Moraes, Dror and Shaw 2011): randomBits, randomUniform,
 * randomNormal, randomInt.
 *
 * There is no hidden state. seed and stream are the key (two words), the position in the stream the counter: element e of a call with
 * offset o is number o + e of the stream, whatever the shape, the backend or the number of threads. Equal options give equal numbers;
 * use another stream, or move the offset on by what was taken, for fresh ones. No gradient.
 */
import { InputError } from "../backends/contract.js";
import { coreGroup } from "../backends/wasm/core-group.js";
import type { TensorHost } from "../engine/tensor-host.js";
import { source as shader } from "../generated/shaders/random.js";
import { checkShape, type Shape, sizeOfShape } from "../tensor/shape.js";
import { type CallOptions, defineOp, type Op } from "./define-op.js";
import { assertEngine, placementOf } from "./support/call-options.js";
import { chunksOf } from "./support/chunks.js";
import { groupsFor } from "./support/gpu.js";

export interface RandomOptions extends CallOptions {
  /** An integer in [0, 2^32); 0 by default. */
  seed?: number;
  /** Another sequence of the same seed: an integer in [0, 2^32); 0 by default. */
  stream?: number;
  /** Where in the stream the first element is: an integer in [0, 2^53); 0 by default. */
  offset?: number;
}

export interface RandomIntOptions extends RandomOptions {
  /** The least integer; 0 by default. */
  low?: number;
  /** One above the greatest. */
  high: number;
}

interface RandomParams {
  readonly size: number;
  readonly seed: number;
  readonly stream: number;
  readonly offset: number;
  readonly low: number;
  readonly range: number;
}

/** What the kernel fills words into (assembly/random/random.ts). */
const scratchBytes = 2048;

function checkInteger(op: string, argument: string, value: unknown, least: number, end: number): number {
  if (!Number.isSafeInteger(value) || (value as number) < least || (value as number) >= end) {
    throw new InputError(op, argument, `is ${String(value)}; expected an integer in [${least}, ${end})`);
  }
  return value as number;
}

/** The counter of an element and which of its words it is. */
function positionOf(offset: number): { low: number; high: number; skip: number } {
  const counter = Math.floor(offset / 2);
  return { low: counter % 2 ** 32, high: Math.floor(counter / 2 ** 32), skip: offset % 2 };
}

type RandomOp<O extends RandomOptions> = Op<[engine: TensorHost, shape: Shape, options?: O], RandomParams>;

/** @param kind of the kernels: 0 words, 1 uniform, 2 normal, 3 integers */
function distribution<O extends RandomOptions>(
  name: string,
  kind: 0 | 1 | 2 | 3,
  dtype: "f32" | "u32" | "i32",
  bound: string,
  rangeOf: (options: O) => { low: number; range: number } = () => ({ low: 0, range: 1 }),
): RandomOp<O> {
  return defineOp({
    name,
    prepare: (engine: TensorHost, shape: Shape, options: O = {} as O) => {
      assertEngine(name, engine);
      checkShape(name, "shape", shape);
      const placement = placementOf(name, options);
      const { seed = 0, stream = 0, offset = 0 } = options;
      const params: RandomParams = {
        size: sizeOfShape(shape),
        seed: checkInteger(name, "seed", seed, 0, 2 ** 32),
        stream: checkInteger(name, "stream", stream, 0, 2 ** 32),
        offset: checkInteger(name, "offset", offset, 0, 2 ** 53),
        ...rangeOf(options),
      };
      return { engine, inputs: [], outputs: [{ shape, dtype }], params, ...placement };
    },
    work: ({ size }) => ({ operations: 30 * size, bytes: 4 * size, rate: "integer" }),
    wasm: {
      group: coreGroup,
      run: (w, _, [dst], { size, seed, stream, offset, low, range }) => {
        const chunks = [...chunksOf(size)];
        const scratch = w.scratch(scratchBytes * chunks.length);
        w.parallel(
          "random",
          chunks.map(([start, n], i) => {
            const at = positionOf(offset + start);
            const to = dst!.ptr + 4 * start;
            return [kind, to, n, at.low, at.high, at.skip, seed, stream, low, range, scratch + i * scratchBytes];
          }),
        );
      },
    },
    webgpu: {
      split: (params) => ({
        units: params.size,
        inputBytes: [],
        outputBytes: [4],
        narrow: (start, end) => ({ ...params, size: end - start, offset: params.offset + start }),
      }),
      encode: (g, _, outputs, { size, seed, stream, offset, low, range }) => {
        const at = positionOf(offset);
        const quads = Math.ceil(size / 4);
        g.dispatch({
          label: name,
          shader,
          constants: { KIND: `${kind}u` },
          params: Uint32Array.from([quads, at.low, at.high, at.skip, seed, stream, low >>> 0, range]),
          bindings: outputs,
          groups: groupsFor(quads),
        });
      },
    },
    bound,
  });
}

function integerRange({ low = 0, high }: RandomIntOptions): { low: number; range: number } {
  checkInteger("randomInt", "low", low, -(2 ** 31), 2 ** 31);
  checkInteger("randomInt", "high", high, low + 1, 2 ** 31 + 1);
  if (high - low >= 2 ** 32) throw new InputError("randomInt", "high", `is ${high}, 2^32 above low; at most 2^32 - 1`);
  return { low, range: high - low };
}

const sameBits = "the same bits on every backend";

/** Random words: u32, each bit 0 or 1 with equal chance. */
export const randomBits: RandomOp<RandomOptions> = distribution("randomBits", 0, "u32", sameBits);
/** f32 in [0, 1): multiples of 2^-24, all equally likely. */
export const randomUniform: RandomOp<RandomOptions> = distribution("randomUniform", 1, "f32", sameBits);
/** Standard normal f32 by the inverse distribution function, of the middles of 2^23 equal parts of [0, 1]: within +-5.3. */
export const randomNormal: RandomOp<RandomOptions> = distribution(
  "randomNormal",
  2,
  "f32",
  "1e-6 from the quantile, so 2e-6 between any two backends",
);
/** i32 in [low, high), the upper word of a product: no integer is more likely than another by more than (high - low) / 2^32. */
export const randomInt: RandomOp<RandomIntOptions> = distribution("randomInt", 3, "i32", sameBits, integerRange);
