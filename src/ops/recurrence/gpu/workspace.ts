/** Scratch regions by name: the passes over a long sequence take turns in them. */
import type { GpuRegion, GpuRun } from "../../../backends/webgpu/run.js";

export class Workspace {
  readonly #g: GpuRun;
  readonly #regions = new Map<string, GpuRegion>();

  constructor(g: GpuRun) {
    this.#g = g;
  }

  /** The region of that name; the first call says how large it is. */
  region(name: string, bytes: number): GpuRegion {
    let region = this.#regions.get(name);
    if (!region) {
      region = this.#g.scratch(bytes);
      this.#regions.set(name, region);
    }
    return region;
  }
}
