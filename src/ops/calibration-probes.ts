/**
 * The operations that engine.calibrate() times, one per rate of the plan. Each is long enough for its rate to outweigh
 * the cost of the call, and all of them together take well under a second.
 */
import type { BackendName } from "../backends/contract.js";
import type { CalibrationProbe } from "../engine/calibrate.js";
import type { DType } from "../tensor/dtype.js";
import { sizeOfShape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { add } from "./binary.js";
import type { CallOptions } from "./define-op.js";
import { fill } from "./fill.js";
import { matmul } from "./matmul.js";
import { exp, neg } from "./unary.js";

interface Sizes {
  readonly backend: BackendName;
  /** Side of the square matrices. */
  readonly side: number;
  /** Elements that keep every thread, or a GPU, busy for longer than it takes to wake it. */
  readonly busy: number;
  /** Elements that no cache holds. */
  readonly streamed: number;
}

const sizes: readonly Sizes[] = [
  { backend: "wasm", side: 512, busy: 2 ** 20, streamed: 2 ** 22 },
  { backend: "webgpu", side: 1024, busy: 2 ** 22, streamed: 2 ** 24 },
];

const sum = ([a, b]: readonly Tensor[], on: BackendName) => add(a as Tensor, b as Tensor, { on });

export const calibrationProbes: readonly CalibrationProbe[] = sizes.flatMap(({ backend, side, busy, streamed }) => {
  const probe = (
    measures: CalibrationProbe["measures"],
    shape: readonly number[],
    run: CalibrationProbe["run"],
    { operations = sizeOfShape(shape), calls = backend === "wasm" ? 1 : 8, dtype = "f32" as DType } = {},
  ): CalibrationProbe => ({
    backend,
    measures,
    calls,
    work: { operations, bytes: 12 * sizeOfShape(shape), rate: "stream" },
    prepare: (engine) => [0, 1].map(() => fill(engine, shape, 1, { dtype, on: backend })),
    run,
  });
  const product = ([a, b]: readonly Tensor[], on: BackendName) => matmul(a as Tensor, b as Tensor, { on });
  const unary =
    (op: (a: Tensor, options: CallOptions) => Tensor): CalibrationProbe["run"] =>
    ([a], on) =>
      op(a as Tensor, { on });
  return [
    probe("launch", [4], sum, { calls: 64 }),
    probe("bytes", [streamed], sum),
    probe("multiply-add", [side, side], product, { operations: 2 * side ** 3 }),
    probe("special", [busy], unary(exp)),
    probe("stream", [busy], unary(neg)),
    probe("integer", [busy], sum, { dtype: "i32" }),
  ];
});
