/**
 * The GPU side of the gradients of the additive recurrence: the states again, dq from them, then the same three launches back
 * in time with the sum U of queries and dO in place of the state, and dk, dv and the logits' gradients from it.
 */
import type { GpuRegion } from "../../backends/webgpu/run.js";
import { source as columnsShader } from "../../generated/shaders/lightnet-back-columns.js";
import { source as finishShader } from "../../generated/shaders/lightnet-back-finish.js";
import { source as rowsShader } from "../../generated/shaders/lightnet-back-rows.js";
import { source as startShader } from "../../generated/shaders/lightnet-back-start.js";
import { source as queriesShader } from "../../generated/shaders/lightnet-rows.js";
import type { GpuImplementation, GpuOperand } from "../../ops/define-op.js";
import type { CoreParams } from "./additive.js";
import { unsupported } from "./additive-gpu.js";
import { Launches, stretchesOf } from "./additive-launches.js";

type State = readonly [s: GpuRegion, max: GpuRegion, sum: GpuRegion];

/** U and N after the last token. */
function backStart(launches: Launches, state: State): GpuRegion {
  const { at, params } = launches;
  const rows = launches.rows(1);
  launches.dispatch({
    label: "lightnetBackward (start)",
    shader: startShader,
    constants: { V_FIRST: params.stateLayout === "vk", HAS_DS: params.at.dS >= 0, HAS_DZ: params.at.dZ >= 0 },
    bindings: [...state, at("dS"), at("dZ"), rows],
    groups: launches.rowGroups,
  });
  return rows;
}

/** dq, and per token what the way back needs. */
function queries(launches: Launches, states: GpuRegion, dq: GpuRegion): GpuRegion {
  const { at, params, stretch } = launches;
  const marks = launches.g.scratch(12 * stretch.units * stretch.tokens * params.k);
  launches.dispatch({
    label: "lightnetBackward (q)",
    shader: queriesShader,
    constants: { READ: true, TOKENS: launches.staged(Math.ceil(params.v / 4), 2) },
    bindings: [at("q"), launches.logits, at("k"), at("v"), at("dO"), states, dq, marks],
    groups: launches.channelGroups(params.k),
  });
  return marks;
}

/** U of the chunks alone, or with `read` the gradients of keys and logits. */
function backRows(
  launches: Launches,
  read: boolean,
  marks: GpuRegion,
  states: GpuRegion,
  dk: GpuRegion,
  dx: GpuRegion,
) {
  const { at, params } = launches;
  launches.dispatch({
    label: read ? "lightnetBackward (k)" : "lightnetBackward (chunks alone)",
    shader: rowsShader,
    constants: { READ: read, TOKENS: launches.staged(Math.ceil(params.v / 4), 2) },
    bindings: [launches.logits, at("k"), at("v"), at("dO"), marks, states, dk, dx],
    groups: launches.channelGroups(params.k),
  });
}

function backColumns(launches: Launches, marks: GpuRegion, states: GpuRegion, dv: GpuRegion): void {
  const { at, params } = launches;
  const quads = Math.ceil(params.k / 4);
  launches.dispatch({
    label: "lightnetBackward (v)",
    shader: columnsShader,
    constants: { KEYS: quads, TOKENS: launches.staged(quads, 3, quads) },
    bindings: [launches.logits, at("k"), at("dO"), marks, states, dv],
    groups: launches.channelGroups(params.v),
  });
}

function backFinish(launches: Launches, rows: GpuRegion, ds0: GpuRegion, dz0: GpuRegion): void {
  const { at, params, startMaximum, stateConstants } = launches;
  launches.dispatch({
    label: "lightnetBackward (finish)",
    shader: finishShader,
    constants: { ...stateConstants, HAS_DS: params.at.dS >= 0, HAS_DZ: params.at.dZ >= 0 },
    bindings: [rows, at("s0"), startMaximum, at("sum"), at("dS"), at("dZ"), ds0, dz0],
    groups: launches.rowGroups,
  });
}

export const additiveBackwardOnGpu: GpuImplementation<CoreParams> = {
  unsupported(caps, params) {
    const { batch, steps, heads, k } = params;
    const tooLarge = 12 * batch * steps * heads * k > caps.limits.maxStorageBufferBindingSize;
    return tooLarge ? "what is kept per token is larger than a binding may be" : unsupported(caps, params);
  },
  encode(g, inputs, outputs, params) {
    const { sequences, heads, k, v, hasKey, global } = params;
    const [dq, dk, dv, ds0, dz0, dGate] = outputs as readonly GpuOperand[] &
      [GpuOperand, GpuOperand, GpuOperand, GpuOperand, GpuOperand];
    const units = sequences.length * heads;
    const state: State = [g.scratch(4 * units * k * v), g.scratch(4 * units * k), g.scratch(4 * units * k)];
    for (const stretch of stretchesOf(params)) {
      if (stretch.units === 0) continue;
      const launches = new Launches(g, inputs, params, stretch);
      const { before, end } = launches.forward();
      launches.finish(end, state);
      const start = backStart(launches, state);
      if (launches.chunks === 0) {
        backFinish(launches, start, ds0, dz0);
        continue;
      }
      const marks = queries(launches, global ? end : before, dq);
      const alone = launches.rows(launches.chunks);
      backRows(launches, false, marks, alone, g.scratch(16), g.scratch(16));
      const back = launches.scan(alone, start, true);
      const states = global ? back.end : back.before;
      backRows(launches, true, marks, states, hasKey ? dk : g.scratch(16), hasKey ? (dGate as GpuOperand) : dk);
      backColumns(launches, marks, states, dv);
      backFinish(launches, back.end, ds0, dz0);
    }
  },
};
