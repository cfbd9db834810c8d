/** One compute pipeline per shader variant, made once. */
import { KernelError } from "../contract.js";
import type { ShaderTexts } from "./core-shaders.js";
import type { CoreShader, Dispatch } from "./run.js";
import { assembleShader, storageAccess } from "./shader.js";

export interface CachedPipeline {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

export class PipelineCache {
  readonly #device: GPUDevice;
  readonly #texts: ShaderTexts;
  /** By shader, then by variant: shaders are shared constants, so the outer lookup compares pointers. */
  readonly #cache = new Map<string | CoreShader, Map<string, CachedPipeline>>();

  constructor(device: GPUDevice, texts: ShaderTexts) {
    this.#device = device;
    this.#texts = texts;
  }

  get(call: Omit<Dispatch, "bindings" | "groups">): CachedPipeline {
    let variants = this.#cache.get(call.shader);
    if (!variants) this.#cache.set(call.shader, (variants = new Map()));
    const key = `${call.entryPoint ?? ""}|${call.features?.join() ?? ""}|${JSON.stringify(call.constants ?? {})}`;
    let cached = variants.get(key);
    if (!cached) variants.set(key, (cached = this.#create(call)));
    return cached;
  }

  #create(call: Omit<Dispatch, "bindings" | "groups">): CachedPipeline {
    const code = assembleShader({ ...call, shader: this.#textOf(call) });
    const device = this.#device;
    const entries: GPUBindGroupLayoutEntry[] = [
      { binding: 0, visibility: GPUShaderStage.COMPUTE, buffer: { type: "uniform", hasDynamicOffset: true } },
      ...storageAccess(code).map((type, index) => ({
        binding: index + 1,
        visibility: GPUShaderStage.COMPUTE,
        buffer: { type },
      })),
    ];
    const layout = device.createBindGroupLayout({ label: call.label, entries });
    const pipeline = device.createComputePipeline({
      label: call.label,
      layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: {
        module: device.createShaderModule({ label: call.label, code }),
        entryPoint: call.entryPoint ?? "main",
      },
    });
    return { pipeline, layout };
  }

  #textOf({ label, shader }: Pick<Dispatch, "label" | "shader">): string {
    if (typeof shader === "string") return shader;
    const text = this.#texts.get(shader.core);
    if (text === undefined) throw new KernelError(label, `the core has no shader ${shader.core}`);
    return text;
  }
}
