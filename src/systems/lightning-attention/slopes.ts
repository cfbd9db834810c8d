/**
 * How fast each head forgets: its decay is e^-slope per step. The published schedules differ, and have been mistaken for each
 * other; none of them is learned (the authors of Lightning Attention saw NaN when it was).
 */
import { InputError } from "../../backends/contract.js";

export const slopeSchedules = ["geometric", "geometric-strict", "linear", "none"] as const;

/**
 * - `geometric`: 2^(-8(i+1)/H) for H a power of two, else interleaved from the nearest powers; what released models use.
 * - `geometric-strict`: the same formula for every H, as a published port of MiniMax has it.
 * - `linear`: 8 i / H (1 - layer / layers), so that head 0 does not forget (Qin and others 2024, "Various Lengths, Constant
 *   Speed", equation 10; heads count from 0, which the paper leaves open).
 * - `none`: 0 everywhere.
 */
export type SlopeSchedule = (typeof slopeSchedules)[number];

export interface SlopeOptions {
  schedule?: SlopeSchedule;
  /** Position of the layer, from 0; with `layers` it makes deeper layers forget more slowly. */
  layer?: number;
  layers?: number;
}

/**
 * One slope per head, at least 0, as f64.
 *
 * @throws InputError naming the argument
 * @example const decay = engine.tensor(Float32Array.from(slopes(8), (slope) => -slope));
 */
export function slopes(heads: number, options: SlopeOptions = {}): Float64Array {
  const { schedule = "geometric", layer, layers } = options;
  if (!Number.isInteger(heads) || heads < 1)
    throw new InputError("slopes", "heads", `is ${heads}; expected at least 1`);
  if (!slopeSchedules.includes(schedule)) {
    throw new InputError("slopes", "schedule", `is ${String(schedule)}; expected one of ${slopeSchedules.join(", ")}`);
  }
  if ((layer === undefined) !== (layers === undefined)) {
    throw new InputError(
      "slopes",
      layer === undefined ? "layer" : "layers",
      "is missing; layer and layers go together",
    );
  }
  if (layers !== undefined && (!Number.isInteger(layers) || layers < 1)) {
    throw new InputError("slopes", "layers", `is ${layers}; expected at least 1`);
  }
  if (layer !== undefined && !(Number.isInteger(layer) && layer >= 0 && layer < (layers as number))) {
    throw new InputError("slopes", "layer", `is ${layer}; expected 0 to ${(layers as number) - 1}`);
  }
  const factor = layer === undefined ? 1 : layerFactor(schedule, layer, layers as number);
  return Float64Array.from({ length: heads }, (_, head) => factor * slopeOf(schedule, head, heads));
}

function slopeOf(schedule: SlopeSchedule, head: number, heads: number): number {
  if (schedule === "none") return 0;
  if (schedule === "linear") return (8 * head) / heads;
  if (schedule === "geometric-strict") return 2 ** ((-8 / heads) * (head + 1));
  const power = 2 ** Math.floor(Math.log2(heads));
  if (head < power) return 2 ** ((-8 * (head + 1)) / power);
  // Every second slope of twice as many heads: those that lie between the ones there are.
  return 2 ** ((-8 * (2 * (head - power) + 1)) / (2 * power));
}

/** The sources add 1e-5 so that the last layer still forgets; a single layer keeps the whole slope. */
function layerFactor(schedule: SlopeSchedule, layer: number, layers: number): number {
  if (schedule === "linear") return 1 - layer / layers;
  if (schedule === "geometric-strict") return 1 - layer / (layers - 1 + 1e-5) + 1e-5;
  return 1 - layer / Math.max(1, layers - 1) + 1e-5;
}
