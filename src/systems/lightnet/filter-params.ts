/** What a call of an exponential filter comes down to, checked. */
import { DTypeError, InputError, ShapeError } from "../../backends/contract.js";
import type { WasmRun } from "../../backends/wasm/group.js";
import type { LightnetKernels } from "../../generated/kernels/lightnet.js";
import type { WasmOperand } from "../../ops/define-op.js";
import { checkFlag } from "../../ops/recurrence/options.js";
import { checkShapeOf } from "../../ops/recurrence/params.js";
import { assertTensor, type Tensor } from "../../tensor/tensor.js";

export interface FilterParams {
  /** x is [outer, n, inner, d], filtered along n; a line is one course along it. */
  readonly outer: number;
  readonly n: number;
  readonly inner: number;
  readonly d: number;
  /** Exponentials per feature. */
  readonly terms: number;
  readonly twoSided: boolean;
  readonly back: boolean;
}

/** Lines of features, and multiply-adds per element of a pass. */
export const lines = ({ outer, inner }: FilterParams): number => outer * inner;
export const passes = ({ twoSided }: FilterParams): number => (twoSided ? 2 : 1);

export interface FilterShape {
  /** The axis of x to filter along: any but the last, which holds the features. -2 by default. */
  axis?: number;
  /** Filters both ways; the element itself counts once. */
  twoSided?: boolean;
  /** From the end to the start. */
  back?: boolean;
}

/** @throws InputError, ShapeError, DTypeError, DisposedError naming the argument */
export function filterParams(
  op: string,
  { x, lambda, b }: { readonly x: Tensor; readonly lambda: Tensor; readonly b: Tensor },
  { axis = -2, twoSided, back }: FilterShape,
): FilterParams {
  for (const [name, tensor] of Object.entries({ x, lambda, b })) {
    assertTensor(op, name, tensor);
    if (tensor.dtype !== "f32") throw new DTypeError(op, name, { expected: "f32", actual: tensor.dtype });
  }
  if (x.rank < 2) throw new ShapeError(op, "x", { expected: ["...", "n", "D"], actual: x.shape });
  const at = axis < 0 ? axis + x.rank : axis;
  if (!Number.isInteger(at) || at < 0 || at >= x.rank - 1) {
    throw new InputError(
      op,
      "axis",
      `is ${String(axis)}; expected an axis of x but its last, which holds the features`,
    );
  }
  const d = x.shape.at(-1) as number;
  if (lambda.rank !== 2 || lambda.shape[0] === 0 || lambda.shape[1] !== d) {
    throw new ShapeError(op, "lambda", { expected: ["E", d], actual: lambda.shape });
  }
  checkShapeOf(op, "b", b, lambda.shape);
  const product = (extents: readonly number[]) => extents.reduce((all, extent) => all * extent, 1);
  return {
    outer: product(x.shape.slice(0, at)),
    n: x.shape[at] as number,
    inner: product(x.shape.slice(at + 1, -1)),
    d,
    terms: lambda.shape[0] as number,
    twoSided: checkFlag(op, "twoSided", twoSided),
    // Both ways is the same from either end.
    back: checkFlag(op, "back", back) && !twoSided,
  };
}

/** @throws InputError naming lambda and the first that is outside (0, 1) */
export function checkLambda(w: WasmRun<LightnetKernels>, op: string, lambda: WasmOperand): void {
  const bytes = w.bytes(lambda.ptr, 4 * lambda.size);
  const values = new Float32Array(bytes.buffer, bytes.byteOffset, lambda.size);
  const wrong = values.findIndex((value) => !(value > 0 && value < 1));
  if (wrong < 0) return;
  const index = [Math.floor(wrong / (lambda.shape[1] as number)), wrong % (lambda.shape[1] as number)];
  throw new InputError(op, "lambda", `is ${values[wrong]} at [${index.join(", ")}]; expected numbers between 0 and 1`);
}

/** Features and lines of one kernel call on the CPU; sizes do not depend on the number of threads. */
const block = { features: 64, lines: 64 };

export interface FilterBlock {
  /** Element of x (and y) where the block's first line starts. */
  readonly element: number;
  /** Its first element in an array [terms, outer, inner, d], for term 0. */
  readonly term: number;
  /** Its first feature. */
  readonly feature: number;
  readonly features: number;
  readonly lines: number;
}

export function blocksOf({ outer, n, inner, d }: FilterParams): FilterBlock[] {
  const blocks: FilterBlock[] = [];
  for (let o = 0; o < outer; o++) {
    for (let line = 0; line < inner; line += block.lines) {
      for (let feature = 0; feature < d; feature += block.features) {
        const [features, count] = [Math.min(block.features, d - feature), Math.min(block.lines, inner - line)];
        const element = (o * n * inner + line) * d + feature;
        blocks.push({ element, term: (o * inner + line) * d + feature, feature, features, lines: count });
      }
    }
  }
  return blocks;
}
