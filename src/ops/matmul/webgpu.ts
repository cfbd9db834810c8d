/** Matrix products on the GPU: which of the three shaders, with what tile. */
import type { Dispatch, GpuCapabilities, GpuRun } from "../../backends/webgpu/run.js";
import { source as generalShader } from "../../generated/shaders/matmul.js";
import { source as matrixShader } from "../../generated/shaders/matmul-matrix.js";
import { source as quadsShader } from "../../generated/shaders/matmul-quads.js";
import { sizeOf } from "../../tensor/dtype.js";
import { sizeOfShape } from "../../tensor/shape.js";
import type { GpuImplementation, GpuOperand, GpuSplit } from "../define-op.js";
import { formatOf } from "../support/formats.js";
import { activationKernel } from "./activation.js";
import { foldBatch } from "./batch.js";
import type { MatmulParams } from "./params.js";

interface Variant {
  /** "matrix f16", "quads 128x128", "general": for explain(). */
  readonly name: string;
  readonly shader: Dispatch["shader"];
  readonly features: readonly ("shader-f16" | "subgroups" | "chromium-experimental-subgroup-matrix")[];
  readonly constants: Readonly<Record<string, number | boolean | string>>;
  readonly tileM: number;
  readonly tileN: number;
  /** Elements in the unit of the shader's batch strides. */
  readonly unit: number;
}

/** Most batch axes, after merging, that the shaders walk. */
const mostAxes = 3;
/** Workgroups from which a GPU of any size is busy: the larger tile pays only above. */
const manyGroups = 256;

/** One matrix for all rows of a batch is one taller product. */
function flattened(params: MatmulParams): MatmulParams {
  const { m, transposeA, batch, batchA, batchB } = params;
  const count = sizeOfShape(batch);
  if (transposeA || sizeOfShape(batchB) !== 1 || sizeOfShape(batchA) !== count) return params;
  return { ...params, m: m * count, batch: [], batchA: [], batchB: [] };
}

/** Whether this device has 16 x 16 x 16 products of f16 with f32 sums, by subgroups of exactly 32. */
function hasMatrixUnits(caps: GpuCapabilities): boolean {
  return (
    caps.f16 &&
    caps.subgroups &&
    caps.subgroupMinSize === 32 &&
    caps.subgroupMaxSize === 32 &&
    caps.limits.maxComputeWorkgroupStorageSize >= 20480 &&
    caps.subgroupMatrices.some(
      ({ componentType, resultComponentType, M, N, K }) =>
        componentType === "f16" && resultComponentType === "f32" && M === 16 && N === 16 && K === 16,
    )
  );
}

export function chooseVariant(caps: GpuCapabilities, params: MatmulParams): Variant {
  const { m, n, k, transposeA, transposeB, types } = params;
  const rowsOf = (unit: number) =>
    (transposeA ? m : k) % unit === 0 && (transposeB ? k : n) % unit === 0 && n % unit === 0;
  const batches = sizeOfShape(params.batch);
  const groups = (tileM: number, tileN: number) => Math.ceil(m / tileM) * Math.ceil(n / tileN) * batches;
  const edges = (tileM: number, tileN: number, step: number) => m % tileM > 0 || n % tileN > 0 || k % step > 0;
  if (types.a === "f16" && types.b === "f16" && rowsOf(8) && hasMatrixUnits(caps)) {
    return {
      name: "matrix f16",
      shader: matrixShader,
      features: ["shader-f16", "subgroups", "chromium-experimental-subgroup-matrix"],
      constants: { EDGES: edges(128, 128, 32) },
      tileM: 128,
      tileN: 128,
      unit: 8,
    };
  }
  const isQuad = (type: string) => type === "f32" || (type === "f16" && caps.f16);
  if (rowsOf(4) && isQuad(types.a) && isQuad(types.b)) {
    // A tile without edges keeps more warps on one staged tile; with edges the smaller one measured faster.
    const [warpsM, warpsN] =
      !edges(128, 128, 16) && groups(128, 128) >= 2 * manyGroups
        ? [4, 2]
        : groups(64, 128) >= manyGroups
          ? [2, 2]
          : [2, 1];
    const [tileM, tileN] = [32 * warpsM, 64 * warpsN];
    const quad = (type: string) => (type === "f16" ? "vec4<f16>" : "vec4f");
    return {
      name: `quads ${tileM}x${tileN}`,
      shader: quadsShader,
      features: types.a === "f16" || types.b === "f16" ? ["shader-f16"] : [],
      constants: {
        QuadA: quad(types.a),
        QuadB: quad(types.b),
        WARPS_M: warpsM,
        WARPS_N: warpsN,
        EDGES: edges(tileM, tileN, 16),
      },
      tileM,
      tileN,
      unit: 4,
    };
  }
  return {
    name: "general 64x64",
    shader: generalShader,
    features: [],
    constants: { FORMAT_A: formatOf(types.a), FORMAT_B: formatOf(types.b) },
    tileM: 64,
    tileN: 64,
    unit: 1,
  };
}

function encode(g: GpuRun, inputs: readonly GpuOperand[], [c]: readonly GpuOperand[], given: MatmulParams): void {
  const [a, b, bias] = inputs as [GpuOperand, GpuOperand, GpuOperand | undefined];
  const params = flattened(given);
  const { m, n, k, transposeA, transposeB, types } = params;
  const { extents, stepsA, stepsB } = foldBatch(params);
  const variant = chooseVariant(g.caps, params);
  const { shader, features, constants, tileM, tileN, unit } = variant;
  const [tilesM, tilesN] = [Math.ceil(m / tileM), Math.ceil(n / tileN)];
  const groups = tilesM * tilesN * sizeOfShape(params.batch);
  if (groups === 0) return;
  const pad = (list: readonly number[], value: number) => [
    ...new Array<number>(mostAxes - list.length).fill(value),
    ...list,
  ];
  const strides = (steps: readonly number[], matrix: number) => pad(steps, 0).map((step) => (step * matrix) / unit);
  g.dispatch({
    label: "matmul",
    shader,
    features,
    constants: {
      ...constants,
      TRANSPOSE_A: transposeA,
      TRANSPOSE_B: transposeB,
      HAS_BIAS: bias !== undefined,
      ACTIVATION: Math.max(0, activationKernel(params.activation)),
    },
    params: [
      m,
      n,
      k,
      tilesM,
      tilesN,
      ...pad(extents, 1).slice(1),
      ...strides(stepsA, m * k),
      ...strides(stepsB, k * n),
    ],
    // Without a bias its binding still needs a buffer.
    bindings: [a, b, bias ?? (types.a === "f32" ? a : b), c as GpuOperand],
    groups,
  });
}

/** Rows of a product with one B are independent, and so are the matrices of a batch. */
function split(given: MatmulParams): GpuSplit<MatmulParams> {
  const params = flattened(given);
  const { m, n, k, transposeA, batch, batchA, batchB, types } = params;
  const [bytesA, bytesB, bytesC] = [m * k * sizeOf(types.a), k * n * sizeOf(types.b), m * n * 4];
  const bias = params.hasBias ? [0] : [];
  if (batch.length === 0) {
    return {
      units: transposeA ? 1 : m,
      inputBytes: [transposeA ? 0 : k * sizeOf(types.a), 0, ...bias],
      outputBytes: [transposeA ? bytesC : n * 4],
      narrow: (start, end) => (transposeA ? params : { ...params, m: end - start }),
    };
  }
  const count = sizeOfShape(batch);
  const whole = (own: readonly number[]) => sizeOfShape(own) === count;
  const single = (own: readonly number[]) => sizeOfShape(own) === 1;
  const regular = [batchA, batchB].every((own) => whole(own) || single(own));
  return {
    units: regular ? count : 1,
    inputBytes: [regular && whole(batchA) ? bytesA : 0, regular && whole(batchB) ? bytesB : 0, ...bias],
    outputBytes: [regular ? bytesC : bytesC * count],
    narrow: (start, end) => {
      if (!regular) return params;
      const cut = (own: readonly number[]) => (whole(own) ? [end - start] : []);
      return { ...params, batch: [end - start], batchA: cut(batchA), batchB: cut(batchB) };
    },
  };
}

export const matmulOnGpu: GpuImplementation<MatmulParams> = {
  unsupported: (_, params) =>
    foldBatch(flattened(params)).extents.length > mostAxes
      ? `the batch axes repeat in more than ${mostAxes} alternating groups`
      : undefined,
  variant: (caps, params) => chooseVariant(caps, flattened(params)).name,
  split,
  encode,
};
