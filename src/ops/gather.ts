/**
 * gather(a, indices, axis): slices of a along an axis (the first by default), at the positions that `indices` names; the shape of
 * `indices` takes the axis' place. Any dtype; indices are i32 or u32. An index outside [0, extent) reads zeros, on every backend.
 */
import { coreGroup } from "../backends/wasm/core-group.js";
import { source as shader } from "../generated/shaders/gather.js";
import { checkShape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { type CallOptions, defineOp } from "./define-op.js";
import { rowBytes, type Table, tableOf } from "./movement/table.js";
import { placementOf } from "./support/call-options.js";
import { chunkElements, chunksOf } from "./support/chunks.js";
import { formatOf } from "./support/formats.js";
import { blocksOf, groupsFor } from "./support/gpu.js";

export const gather = defineOp({
  name: "gather",
  prepare: (a: Tensor, indices: Tensor, axis = 0, options: CallOptions = {}) => {
    const { axis: along, ...table }: Table & { axis: number } = tableOf("gather", a, indices, axis);
    const shape = a.shape.toSpliced(along, 1, ...indices.shape);
    checkShape("gather", "indices", shape);
    return {
      inputs: [a, indices],
      names: ["a", "indices"],
      outputs: [{ shape, dtype: a.dtype }],
      params: table,
      ...placementOf("gather", options),
    };
  },
  work: (table: Table) => ({
    operations: table.outer * table.count * table.inner,
    bytes: 2 * table.outer * table.count * rowBytes(table) + 4 * table.count,
    rate: "gather",
  }),
  wasm: {
    group: coreGroup,
    run: (w, [src, indices], [dst], table) => {
      const { outer, extent, inner, count } = table;
      const bytes = rowBytes(table);
      const pieces = [...chunksOf(count, Math.max(1, Math.floor(chunkElements / Math.max(1, inner))))];
      const calls: number[][] = [];
      for (let o = 0; o < outer; o++) {
        for (const [i, n] of pieces) {
          const to = dst!.ptr + (o * count + i) * bytes;
          calls.push([src!.ptr + o * extent * bytes, indices!.ptr + 4 * i, to, 1, extent, n, bytes]);
        }
      }
      w.parallel("gather", calls);
    },
  },
  webgpu: {
    encode: (g, inputs, [dst], { dtype, extent, inner, count }) => {
      const blocks = blocksOf(dst!.bytes);
      g.dispatch({
        label: "gather",
        shader,
        constants: { FORMAT: `${formatOf(dtype)}u`, ALIGNED: inner % 4 === 0 },
        params: Uint32Array.of(blocks, extent, count, inner),
        bindings: [...inputs, dst!],
        groups: groupsFor(blocks),
      });
    },
  },
  bound: "exact: stored bits are copied",
});
