/** What a call of the selective scan comes down to; the scan, its gradients and both backends read it. */
import { DTypeError, InputError, ShapeError } from "../../backends/contract.js";
import { type Shape, sameShape } from "../../tensor/shape.js";
import { assertTensor, type Tensor } from "../../tensor/tensor.js";
import { checkOffsets } from "../attention/options.js";
import type { CallOptions } from "../define-op.js";

export interface SelectiveScanOptions extends Omit<CallOptions, "out"> {
  /** D of the reference: y += d u; [D]. */
  d?: Tensor;
  /** y is multiplied by silu(z); [B, D, L]. */
  z?: Tensor;
  /** Added to delta before anything else; [D]. */
  deltaBias?: Tensor;
  /** Step sizes are log(1 + e^x) of what is given. */
  deltaSoftplus?: boolean;
  /** The state's coefficient is 2 e^(dt A) - 1, in (-1, 1], not e^(dt A), in (0, 1]. */
  negativeEigenvalues?: boolean;
  /** [B, D, N], or [S, D, N] of packed sequences; zeros by default. */
  initialState?: Tensor;
  /** Packed sequences: B is 1 and steps cuSeqlens[s] .. cuSeqlens[s + 1] are sequence s; equal neighbours are an empty one. */
  cuSeqlens?: ArrayLike<number>;
}

/** Steps of one batch entry that follow each other. */
export interface Stretch {
  readonly batch: number;
  readonly start: number;
  readonly steps: number;
}

export interface SelectiveScanParams {
  readonly batch: number;
  readonly channels: number;
  readonly states: number;
  readonly steps: number;
  readonly groups: number;
  readonly constantB: boolean;
  readonly constantC: boolean;
  readonly softplus: boolean;
  readonly negative: boolean;
  readonly stretches: readonly Stretch[];
  /** Indices of the optional inputs, -1 where absent. */
  readonly inputs: Readonly<Record<OptionalInput, number>>;
}

const optionalInputs = ["d", "z", "deltaBias", "initialState", "dState"] as const;
export type OptionalInput = (typeof optionalInputs)[number];

function checkOperand(op: string, name: string, tensor: Tensor, shape: Shape): void {
  assertTensor(op, name, tensor);
  if (!sameShape(tensor.shape, shape)) throw new ShapeError(op, name, { expected: shape, actual: tensor.shape });
  if (tensor.dtype !== "f32") throw new DTypeError(op, name, { expected: "f32", actual: tensor.dtype });
}

/** Groups of b or c: their second axis, or one per channel where it is the same at every step. */
function groupsOf(
  op: string,
  name: string,
  tensor: Tensor,
  [batch, channels, states, steps]: readonly number[],
): number | undefined {
  assertTensor(op, name, tensor);
  const { shape, rank } = tensor;
  const groups = rank === 4 ? (shape[1] as number) : 1;
  const isWhole = groups > 0 && (channels as number) % groups === 0;
  const forms: Shape[] = [
    [channels as number, states as number],
    [batch as number, states as number, steps as number],
    [batch as number, groups, states as number, steps as number],
  ];
  if (!isWhole || !sameShape(shape, forms[rank - 2] ?? [])) {
    const expected = `[${forms[1]}], [${batch}, G, ${states}, ${steps}] with G dividing ${channels}, or [${forms[0]}]`;
    throw new ShapeError(op, name, { expected, actual: shape });
  }
  if (tensor.dtype !== "f32") throw new DTypeError(op, name, { expected: "f32", actual: tensor.dtype });
  return rank === 2 ? undefined : groups;
}

function stretchesOf(op: string, offsets: ArrayLike<number> | undefined, batch: number, steps: number): Stretch[] {
  if (offsets === undefined) return Array.from({ length: batch }, (_, b) => ({ batch: b, start: 0, steps }));
  if (batch !== 1) throw new InputError(op, "cuSeqlens", `needs a batch of 1, got ${batch}`);
  const list = checkOffsets(op, "cuSeqlens", offsets, steps);
  return list.slice(1).map((end, s) => ({ batch: 0, start: list[s] as number, steps: end - (list[s] as number) }));
}

/** Checks a call; the optional tensors come after `firstOptional` inputs, in the order of `optionalInputs`. */
export function selectiveScanParams(
  op: string,
  [u, delta, a, b, c]: readonly [Tensor, Tensor, Tensor, Tensor, Tensor],
  options: SelectiveScanOptions & { dState?: Tensor },
  firstOptional: number,
): { params: SelectiveScanParams; optional: Tensor[]; optionalNames: string[] } {
  assertTensor(op, "u", u);
  if (u.rank !== 3) throw new ShapeError(op, "u", { expected: ["B", "D", "L"], actual: u.shape });
  const [batch, channels, steps] = u.shape as unknown as [number, number, number];
  assertTensor(op, "a", a);
  const states = a.shape[1] ?? 0;
  if (a.rank !== 2 || a.shape[0] !== channels || states === 0) {
    throw new ShapeError(op, "a", { expected: [channels, "N"], actual: a.shape });
  }
  checkOperand(op, "u", u, u.shape);
  checkOperand(op, "delta", delta, u.shape);
  checkOperand(op, "a", a, a.shape);
  const extents = [batch, channels, states, steps];
  const [ofB, ofC] = [groupsOf(op, "b", b, extents), groupsOf(op, "c", c, extents)];
  if (ofB !== undefined && ofC !== undefined && ofB !== ofC) {
    throw new ShapeError(op, "c", { expected: `${ofB} groups, as b`, actual: c.shape });
  }
  const stretches = stretchesOf(op, options.cuSeqlens, batch, steps);
  const stateShape = [stretches.length, channels, states];
  const shapes = { d: [channels], z: u.shape, deltaBias: [channels], initialState: stateShape, dState: stateShape };
  const present = optionalInputs.filter((name) => options[name] !== undefined);
  for (const name of present) checkOperand(op, name, options[name] as Tensor, shapes[name]);
  for (const name of ["deltaSoftplus", "negativeEigenvalues"] as const) {
    if (typeof (options[name] ?? false) !== "boolean") {
      throw new InputError(op, name, `is ${String(options[name])}; expected a boolean`);
    }
  }
  const at = (name: OptionalInput) => (present.includes(name) ? firstOptional + present.indexOf(name) : -1);
  return {
    params: {
      batch,
      channels,
      states,
      steps,
      groups: ofB ?? ofC ?? 1,
      constantB: ofB === undefined,
      constantC: ofC === undefined,
      softplus: options.deltaSoftplus ?? false,
      negative: options.negativeEigenvalues ?? false,
      stretches,
      inputs: Object.fromEntries(optionalInputs.map((name) => [name, at(name)])) as SelectiveScanParams["inputs"],
    },
    optional: present.map((name) => options[name] as Tensor),
    optionalNames: [...present],
  };
}
