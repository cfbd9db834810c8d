/** The GPU side of the additive recurrence: chunks alone, a scan over them, outputs, each launch in parallel over all chunks. */
import { source as columnsShader } from "../../generated/shaders/lightnet-columns.js";
import type { GpuImplementation, GpuOperand } from "../../ops/define-op.js";
import type { CoreParams } from "./additive.js";
import { Launches, stretchesOf } from "./additive-launches.js";

/** A row or column of the state is held by one invocation. */
const mostChannels = 256;

/** Why a GPU cannot run the call. */
export function unsupported(_: unknown, { k, v }: CoreParams): string | undefined {
  return Math.max(k, v) > mostChannels ? `more than ${mostChannels} channels per head` : undefined;
}

export const additiveOnGpu: GpuImplementation<CoreParams> = {
  unsupported,
  encode(g, inputs, outputs, params) {
    const [o, s, max, sum] = outputs as readonly [GpuOperand, GpuOperand, GpuOperand, GpuOperand];
    const quads = Math.ceil(params.k / 4);
    for (const stretch of stretchesOf(params)) {
      if (stretch.units === 0) continue;
      const launches = new Launches(g, inputs, params, stretch);
      const { at, logits } = launches;
      const { before, end } = launches.forward();
      launches.finish(end, [s, max, sum]);
      if (launches.chunks === 0) continue;
      launches.dispatch({
        label: "lightnet (outputs)",
        shader: columnsShader,
        constants: { KEYS: quads, TOKENS: launches.staged(quads, 3, 2 * quads) },
        bindings: [at("q"), logits, at("k"), at("v"), params.global ? end : before, o],
        groups: launches.channelGroups(params.v),
      });
    }
  },
};
