/**
 * The launches that the GPU sides of the additive recurrence and of its gradients share. For one stretch of sequences of equal
 * length: the state before the first token ("start"), what every chunk makes alone, in parallel ("alone"), a scan over the
 * chunks ("before" each), and the state after the last token ("end"). States are rows, as shaders/common/lightnet.wgsl has them.
 */
import { type Dispatch, type GpuRegion, type GpuRun, packParams } from "../../backends/webgpu/run.js";
import { source as finishShader } from "../../generated/shaders/lightnet-finish.js";
import { source as rowsShader } from "../../generated/shaders/lightnet-rows.js";
import { source as scanShader } from "../../generated/shaders/lightnet-scan.js";
import { source as startShader } from "../../generated/shaders/lightnet-start.js";
import { stepsOf } from "../../ops/attention/records.js";
import type { GpuOperand } from "../../ops/define-op.js";
import type { CoreParams, InputName } from "./additive.js";

/** Invocations of a workgroup of every shader here. */
const group = 64;
/** Floats of workgroup memory that a shader fills with tokens. */
const staged = 4096;

/** Sequences of one length, whose units (sequences times heads) lie behind one another in the states. */
export interface Stretch {
  readonly firstUnit: number;
  readonly units: number;
  /** First token, within the batch entry. */
  readonly first: number;
  readonly tokens: number;
}

/** A batch is one stretch; packed sequences are one each. */
export function stretchesOf({ sequences, batch, steps, heads }: CoreParams): Stretch[] {
  const isBatch = sequences.length === batch && sequences.every((sequence) => sequence.steps === steps);
  if (isBatch) return [{ firstUnit: 0, units: batch * heads, first: 0, tokens: steps }];
  return sequences.map(({ first, steps: tokens }, n) => ({ firstUnit: n * heads, units: heads, first, tokens }));
}

/** What absent inputs are bound to; each is read nowhere. */
export type Bindings = (name: InputName) => GpuRegion;

export class Launches {
  readonly g: GpuRun;
  readonly params: CoreParams;
  readonly stretch: Stretch;
  readonly chunks: number;
  readonly at: Bindings;
  readonly #chunk: number;

  constructor(g: GpuRun, inputs: readonly GpuOperand[], params: CoreParams, stretch: Stretch) {
    this.g = g;
    this.params = params;
    this.stretch = stretch;
    this.#chunk = chunkLength(g, params, stretch);
    this.chunks = Math.ceil(stretch.tokens / this.#chunk);
    const nothing = g.scratch(16);
    this.at = (name) => inputs[params.at[name]] ?? nothing;
  }

  /** The logits, which are the key where there is no gate. */
  get logits(): GpuRegion {
    return this.at(this.params.hasKey ? "gate" : "k");
  }

  /** Rows of `states` states per unit. */
  rows(states: number): GpuRegion {
    const { k, v } = this.params;
    return this.g.scratch(16 * this.stretch.units * Math.max(states, 1) * k * (Math.ceil(v / 4) + 1));
  }

  dispatch(
    call: Pick<Dispatch, "label" | "shader" | "bindings" | "groups"> & { constants?: Dispatch["constants"] },
  ): void {
    const { v, hasKey, global } = this.params;
    const constants = { ROW: Math.ceil(v / 4), HAS_KEY: hasKey, GLOBAL: global, ...call.constants };
    const used = Object.entries(constants).filter(([name]) => (call.shader as string).includes(`const ${name}:`));
    this.g.dispatch({ ...call, params: this.#words(), constants: Object.fromEntries(used) });
  }

  /** Groups of a shader with an invocation per row. */
  get rowGroups(): number {
    return Math.ceil((this.stretch.units * this.params.k) / group);
  }

  /** Groups of a shader with an invocation per channel of every chunk. */
  channelGroups(channels: number): number {
    return this.stretch.units * this.chunks * Math.ceil(channels / group);
  }

  /** Tokens that a shader of `quads` per token and array stages at a time, with `spare` quads of its own. */
  staged(quads: number, arrays: number, spare = 0): number {
    return Math.max(1, Math.min(16, Math.floor((staged / 4 - spare) / (arrays * quads))));
  }

  get stateConstants() {
    const { at, stateLayout } = this.params;
    return {
      V_FIRST: stateLayout === "vk",
      HAS_STATE: at.s0 >= 0,
      HAS_GATE: at.max >= 0 || at.z >= 0,
      HAS_SUM: at.sum >= 0,
    };
  }

  /** The maximum before the first token, or z. */
  get startMaximum(): GpuRegion {
    return this.at(this.params.at.max >= 0 ? "max" : "z");
  }

  start(): GpuRegion {
    const rows = this.rows(1);
    this.dispatch({
      label: "lightnet (start)",
      shader: startShader,
      constants: this.stateConstants,
      bindings: [this.at("s0"), this.startMaximum, this.at("sum"), rows],
      groups: this.rowGroups,
    });
    return rows;
  }

  /** The states before every chunk and after the last. */
  forward(): { before: GpuRegion; end: GpuRegion } {
    const start = this.start();
    if (this.chunks === 0) return { before: start, end: start };
    const [alone, nothing, marks] = [this.rows(this.chunks), this.g.scratch(16), this.g.scratch(16)];
    const { at } = this;
    this.dispatch({
      label: "lightnet (chunks alone)",
      shader: rowsShader,
      constants: { TOKENS: this.staged(Math.ceil(this.params.v / 4), 2) },
      bindings: [at("q"), this.logits, at("k"), at("v"), at("v"), alone, nothing, marks],
      groups: this.channelGroups(this.params.k),
    });
    return this.scan(alone, start, false);
  }

  scan(alone: GpuRegion, start: GpuRegion, back: boolean): { before: GpuRegion; end: GpuRegion } {
    const [before, end] = [this.rows(this.chunks), this.rows(1)];
    const { k, v } = this.params;
    this.dispatch({
      label: "lightnet (scan)",
      shader: scanShader,
      constants: { BACK: back },
      bindings: [alone, before, start, end],
      groups: Math.ceil((this.stretch.units * k * (Math.ceil(v / 4) + 1)) / group),
    });
    return { before, end };
  }

  /** Writes the state after the last token. */
  finish(end: GpuRegion, [s, max, sum]: readonly [GpuRegion, GpuRegion, GpuRegion]): void {
    const { V_FIRST, HAS_STATE } = this.stateConstants;
    this.dispatch({
      label: "lightnet (finish)",
      shader: finishShader,
      constants: { V_FIRST, HAS_STATE },
      bindings: [end, this.at("s0"), s, max, sum],
      groups: this.rowGroups,
    });
  }

  #words(): ArrayBuffer {
    const { layout, steps, heads, k, v, scale, reverse } = this.params;
    const { units, firstUnit, first, tokens } = this.stretch;
    const walk = (channels: number) => {
      const { time, head, batch } = stepsOf(layout, steps, heads, channels);
      const from = reverse ? first + Math.max(tokens - 1, 0) : first;
      return [from * time, batch, head, reverse ? -time : time].map((bytes) => ({ i32: bytes / 4 }));
    };
    const sizes = [units, firstUnit, heads, tokens, this.#chunk, this.chunks, k, v];
    return packParams(...sizes, ...walk(k), ...walk(v), { f32: scale }, 0);
  }
}

/**
 * Tokens that the sequential form walks before a sum is put away: a thousand weights added one by one cost more than 1e-6 where
 * they are alike, because then their roundings do not cancel.
 */
const longestWalk = 128;

/** Tokens of a chunk: as the call says, doubled until the states of all chunks fit one binding. */
function chunkLength(g: GpuRun, { form, chunk, k, v }: CoreParams, { units, tokens }: Stretch): number {
  const most = g.caps.limits.maxStorageBufferBindingSize / (16 * units * k * (Math.ceil(v / 4) + 1));
  let length = form === "sequential" ? longestWalk : chunk;
  while (Math.ceil(tokens / length) > most && length < tokens) length *= 2;
  return length;
}
