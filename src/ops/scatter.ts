/**
 * scatter(a, indices, updates, { axis, mode }): a with slices along an axis (the first by default) replaced (`set`, the default; of
 * equal indices the last stays) or added to (`add`), in the order of the indices. indices are [n] i32 or u32, updates have the shape of
 * a but for n along the axis. An index outside [0, extent) writes nothing, on every backend.
 *
 * Any dtype; mode add of those with arithmetic. Adding is deterministic: no atomic addition of floats.
 */
import { InputError, ShapeError } from "../backends/contract.js";
import { coreGroup } from "../backends/wasm/core-group.js";
import type { GpuRegion, GpuRun } from "../backends/webgpu/run.js";
import { source as fillShader } from "../generated/shaders/fill.js";
import { source as shader } from "../generated/shaders/scatter.js";
import { source as marksShader } from "../generated/shaders/scatter-marks.js";
import { type DType, sizeOf } from "../tensor/dtype.js";
import { sameShape } from "../tensor/shape.js";
import { assertTensor, type Tensor } from "../tensor/tensor.js";
import { type CallOptions, defineOp } from "./define-op.js";
import { narrowed, widened } from "./elementwise/binary-wasm.js";
import { rowBytes, type Table, tableOf } from "./movement/table.js";
import { placementOf } from "./support/call-options.js";
import { arithmeticDTypes, checkDType, checkSameDType, formatOf } from "./support/formats.js";
import { blocksOf, groupsFor } from "./support/gpu.js";

export interface ScatterOptions extends CallOptions {
  axis?: number;
  mode?: "set" | "add";
}

export interface ScatterParams extends Table {
  readonly add: boolean;
}

function kernelOf(dtype: DType, add: boolean) {
  if (!add) return "scatter_set";
  if (dtype === "f64") return "f64_scatter_add";
  return dtype === "i32" || dtype === "u32" ? "i32_scatter_add" : "f32_scatter_add";
}

/** Blocks of the marks of a row: a bit per index (shaders/scatter-marks.wgsl). */
const markBlocks = ({ count }: Table): number => Math.ceil(count / 128);

const markBytes = (table: Table): number => 16 * markBlocks(table) * table.extent;

function encodeMarks(g: GpuRun, indices: GpuRegion, table: Table): GpuRegion {
  const marks = g.scratch(markBytes(table));
  const blocks = blocksOf(markBytes(table));
  g.dispatch({
    label: "scatter: clear marks",
    shader: fillShader,
    params: Uint32Array.of(blocks, 0, 0),
    bindings: [marks],
    groups: groupsFor(blocks),
  });
  g.dispatch({
    label: "scatter: marks",
    shader: marksShader,
    params: Uint32Array.of(table.extent, table.count, 4 * markBlocks(table)),
    bindings: [indices, marks],
    groups: groupsFor(table.count),
  });
  return marks;
}

export const scatter = defineOp({
  name: "scatter",
  prepare: (a: Tensor, indices: Tensor, updates: Tensor, options: ScatterOptions = {}) => {
    const placement = placementOf("scatter", options);
    const { axis = 0, mode = "set" } = options;
    const { axis: along, ...table } = tableOf("scatter", a, indices, axis);
    assertTensor("scatter", "updates", updates);
    if (mode !== "set" && mode !== "add") {
      throw new InputError("scatter", "mode", `is ${String(mode)}; expected "set" or "add"`);
    }
    if (mode === "add") checkDType("scatter", "a", a.dtype, arithmeticDTypes);
    checkSameDType("scatter", "updates", updates.dtype, "a", a.dtype);
    if (indices.rank !== 1) throw new ShapeError("scatter", "indices", { expected: ["n"], actual: indices.shape });
    const expected = a.shape.with(along, indices.size);
    if (!sameShape(updates.shape, expected)) {
      throw new ShapeError("scatter", "updates", { expected, actual: updates.shape });
    }
    const params: ScatterParams = { ...table, add: mode === "add" };
    return {
      inputs: [a, indices, updates],
      names: ["a", "indices", "updates"],
      outputs: [{ shape: a.shape, dtype: a.dtype }],
      params,
      ...placement,
    };
  },
  work: (table: ScatterParams) => ({
    operations: table.outer * table.count * table.inner,
    bytes: table.outer * (2 * table.extent + table.count) * rowBytes(table),
    launches: 3,
    rate: "gather",
  }),
  wasm: {
    group: coreGroup,
    run: (w, [base, indices, updates], [dst], { dtype, outer, extent, inner, count, add }) => {
      const isStored = add && (dtype === "f16" || dtype === "bf16");
      const target = isStored ? widened(w, base!) : dst!.ptr;
      const from = isStored ? widened(w, updates!) : updates!.ptr;
      const bytes = isStored ? 4 : sizeOf(dtype);
      if (!isStored) w.bytes(target, dst!.size * bytes).set(w.bytes(base!.ptr, dst!.size * bytes));
      // One call per outer block: within a block the order of the indices decides.
      w.parallel(
        kernelOf(dtype, add),
        Array.from({ length: outer }, (_, o) => [
          from + o * count * inner * bytes,
          indices!.ptr,
          target + o * extent * inner * bytes,
          1,
          extent,
          count,
          add ? inner : inner * bytes,
        ]),
      );
      if (isStored) narrowed(w, target, dst!);
    },
  },
  webgpu: {
    unsupported: ({ limits }, table) =>
      markBytes(table) > limits.maxStorageBufferBindingSize
        ? "a bit per row and index is more than a binding"
        : undefined,
    encode: (g, [base, indices, updates], [dst], table) => {
      if (dst!.size === 0) return;
      const { dtype, extent, inner, count, add } = table;
      const blocks = blocksOf(dst!.bytes);
      g.dispatch({
        label: "scatter",
        shader,
        constants: { FORMAT: `${formatOf(dtype)}u`, ADD: add, ALIGNED: inner % 4 === 0 },
        params: Uint32Array.of(blocks, extent, count, inner, markBlocks(table)),
        bindings: [base!, encodeMarks(g, indices!, table), updates!, dst!],
        groups: groupsFor(blocks),
      });
    },
  },
  bound:
    "set: exact; add: one rounding per sum, the same bits on every backend; f16 and bf16 are summed in f32 and rounded once",
});
