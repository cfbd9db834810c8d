/** Scratch regions by name: the passes over a long sequence take turns in them. */
import type { GpuRegion, GpuRun } from "../../../backends/webgpu/run.js";

export class Workspace {
  readonly #g: GpuRun;
  readonly #units: number;
  readonly #regions = new Map<string, GpuRegion>();

  /** @param units of the largest pass */
  constructor(g: GpuRun, units: number) {
    this.#g = g;
    this.#units = units;
  }

  /** The region of that name; the first call says how large it is. */
  region(name: string, unitBytes: number): GpuRegion {
    let region = this.#regions.get(name);
    if (!region) {
      region = this.#g.scratch(Math.max(16, this.#units * unitBytes));
      this.#regions.set(name, region);
    }
    return region;
  }
}
