/**
 * argmax and argmin: the place (i32) of the greatest or least element along an axis, or among all elements when no axis is given. The
 * first of equals; a NaN beats every number, the first NaN wins. f32, f16, bf16, f64 (CPU), i32, u32. Exact. No gradient: the results
 * count as constants.
 */
import { ShapeError } from "../backends/contract.js";
import { coreGroup } from "../backends/wasm/core-group.js";
import { source as shader } from "../generated/shaders/arg.js";
import { type DType, sizeOf } from "../tensor/dtype.js";
import { checkAxis } from "../tensor/shape.js";
import { assertTensor, type Tensor } from "../tensor/tensor.js";
import { type CallOptions, defineOp, type Op } from "./define-op.js";
import { wholeRegion } from "./movement/region.js";
import { arranged } from "./reduce/cpu.js";
import { arrangedRegion } from "./reduce/gpu.js";
import { type Layout, layoutOf, reducedShape } from "./reduce/layout.js";
import { placementOf } from "./support/call-options.js";
import { chunkElements, chunksOf } from "./support/chunks.js";
import { arithmeticDTypes, checkDType, formatOf } from "./support/formats.js";

export interface ArgOptions extends CallOptions {
  axis?: number;
  keepDims?: boolean;
}

interface ArgParams {
  readonly dtype: DType;
  readonly layout: Layout;
}

/** Rows of the elements along the axis: the kernels know no stride. */
function rowsOf({ outer, n, inner }: Layout): Layout {
  if (inner === 1) return { outer, n, inner };
  const order = wholeRegion([outer, inner, n], [n * inner, 1, inner]);
  return { outer: outer * inner, n, inner: 1, order };
}

function arg(name: string, isGreatest: boolean): Op<[a: Tensor, options?: ArgOptions], ArgParams> {
  return defineOp({
    name,
    prepare: (a: Tensor, options: ArgOptions = {}) => {
      assertTensor(name, "a", a);
      checkDType(name, "a", a.dtype, arithmeticDTypes);
      const placement = placementOf(name, options);
      const axes =
        options.axis === undefined ? a.shape.map((_, i) => i) : [checkAxis(name, "axis", options.axis, a.rank)];
      const layout = rowsOf(layoutOf(a.shape, axes));
      if (layout.n === 0) throw new ShapeError(name, "a", { expected: "at least one element", actual: a.shape });
      return {
        inputs: [a],
        names: ["a"],
        outputs: [{ shape: reducedShape(a.shape, axes, options.keepDims), dtype: "i32" as const }],
        params: { dtype: a.dtype, layout },
        ...placement,
      };
    },
    work: ({ dtype, layout: { outer, n } }) => ({
      operations: outer * n,
      bytes: outer * (n * sizeOf(dtype) + 4),
      rate: "stream",
    }),
    wasm: {
      group: coreGroup,
      run: (w, [src], [dst], { layout }) => {
        if (dst!.size === 0) return;
        const { ptr, dtype } = arranged(w, src!, layout);
        const { outer, n } = layout;
        const bytes = n * sizeOf(dtype);
        w.parallel(
          `${dtype as "f32" | "f64" | "i32" | "u32"}_arg`,
          [...chunksOf(outer, Math.max(1, Math.floor(chunkElements / n)))].map(([row, rows]) => [
            ptr + row * bytes,
            dst!.ptr + 4 * row,
            rows,
            n,
            isGreatest ? 1 : 0,
          ]),
        );
      },
    },
    webgpu: {
      encode: (g, [src], [dst], { layout }) => {
        const { region, dtype } = arrangedRegion(g, src!, layout);
        g.dispatch({
          label: name,
          shader,
          constants: { GREATEST: String(isGreatest), FORMAT: `${formatOf(dtype)}u` },
          params: Uint32Array.of(layout.n, 0),
          bindings: [region, dst!],
          groups: layout.outer,
        });
      },
    },
    bound: "exact",
  });
}

/** Where the greatest element is. */
export const argmax = arg("argmax", true);
/** Where the least element is. */
export const argmin = arg("argmin", false);
