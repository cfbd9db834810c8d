/** What an operation's GPU side works with: regions of buffers, and dispatches of shaders over them. */

/** The device as operations see it. Limits may be lower than the device's own (tests make them small). */
export interface GpuCapabilities {
  /** The adapter is a CPU's. */
  readonly software: boolean;
  readonly f16: boolean;
  readonly subgroups: boolean;
  /** Smallest and largest subgroup size that the adapter reports; 0 when unknown. */
  readonly subgroupMinSize: number;
  readonly subgroupMaxSize: number;
  readonly timestamps: boolean;
  /** Shapes that chromium-experimental-subgroup-matrix offers; empty when the feature is absent. */
  readonly subgroupMatrices: readonly SubgroupMatrixConfig[];
  readonly limits: GpuLimits;
}

export interface SubgroupMatrixConfig {
  readonly componentType: string;
  readonly resultComponentType: string;
  readonly M: number;
  readonly N: number;
  readonly K: number;
}

export interface GpuLimits {
  readonly maxStorageBufferBindingSize: number;
  readonly maxBufferSize: number;
  readonly maxComputeWorkgroupsPerDimension: number;
  readonly maxComputeWorkgroupStorageSize: number;
  readonly maxComputeInvocationsPerWorkgroup: number;
  readonly maxStorageBuffersPerShaderStage: number;
  readonly minStorageBufferOffsetAlignment: number;
}

export interface GpuRegion {
  readonly buffer: GPUBuffer;
  /** Bytes; a multiple of minStorageBufferOffsetAlignment. */
  readonly offset: number;
  /** Bytes of data; the binding is padded to a multiple of 16. */
  readonly bytes: number;
}

export type ShaderFeature = "shader-f16" | "subgroups" | "chromium-experimental-subgroup-matrix";

/** One of the core's own shaders, by the name of its file: the text is loaded with the GPU. */
export interface CoreShader {
  readonly core: string;
}

export interface Dispatch {
  /** Names the dispatch in errors, pipelines and captures. */
  readonly label: string;
  /** WGSL text, or what src/generated/shaders/<name>.ts exports. */
  readonly shader: string | CoreShader;
  /** Replaces `const NAME: T = ...;` and `alias NAME = ...;` lines of the shader. */
  readonly constants?: Readonly<Record<string, number | boolean | string>>;
  readonly features?: readonly ShaderFeature[];
  /** "main" when absent. */
  readonly entryPoint?: string;
  /** The Params struct after its first two words (group_base, group_count), which the runtime writes. */
  readonly params?: ArrayLike<number> | ArrayBuffer;
  /** Storage buffers of @binding(1), (2), ... in this order. */
  readonly bindings: readonly GpuRegion[];
  /** Workgroups as one linear count; folded into three dimensions and several dispatches as the limits ask. */
  readonly groups: number;
}

export interface GpuRun {
  readonly caps: GpuCapabilities;
  /** A buffer region that lives until the call's commands have run. */
  scratch(bytes: number): GpuRegion;
  dispatch(call: Dispatch): void;
}

/** Packs a Params struct after its first two words: numbers as u32, { f32 } as floats, { i32 } as signed. */
export function packParams(...fields: readonly (number | { f32: number } | { i32: number })[]): ArrayBuffer {
  const buffer = new ArrayBuffer(fields.length * 4);
  const view = new DataView(buffer);
  fields.forEach((field, index) => {
    if (typeof field === "number") view.setUint32(index * 4, field, true);
    else if ("f32" in field) view.setFloat32(index * 4, field.f32, true);
    else view.setInt32(index * 4, field.i32, true);
  });
  return buffer;
}
