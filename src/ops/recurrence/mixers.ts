/**
 * Every mixer that the cores make, in one table. A mixer is a few lines over a core (mixers/): what it does to its inputs before, and
 * which gate it has. The gradients are the cores'.
 */
import { lightning, retention, simpleGla } from "./mixers/decayed.js";
import { deltaProduct, deltaRule, gatedDelta, kda } from "./mixers/delta-rules.js";
import { gla, hgrn2, rwkv6 } from "./mixers/gated.js";
import { gsa } from "./mixers/gsa.js";
import { hgrn } from "./mixers/hgrn.js";
import { linearAttention, normalisedLinearAttention } from "./mixers/linear-attention.js";
import { mamba2 } from "./mixers/mamba2.js";
import { rwkv7 } from "./mixers/rwkv7.js";
import { selectiveScan } from "./selective-scan.js";

/** A: one decay per head. B: one per channel. C: the delta rule. D: a diagonal plus rank one. E: every state on its own. */
export type Core = "A" | "B" | "C" | "D" | "E";

export interface Mixer {
  readonly core: Core;
  /** Whether `negativeEigenvalues` turns eigenvalues of [0, 1] into [-1, 1]. */
  readonly signed: boolean;
  // biome-ignore lint/suspicious/noExplicitAny: each mixer has arguments of its own
  readonly run: (...args: any[]) => object;
}

export const mixers = {
  linearAttention: { core: "A", signed: false, run: linearAttention },
  normalisedLinearAttention: { core: "A", signed: false, run: normalisedLinearAttention },
  retention: { core: "A", signed: false, run: retention },
  lightning: { core: "A", signed: false, run: lightning },
  simpleGla: { core: "A", signed: true, run: simpleGla },
  hgrn: { core: "A", signed: true, run: hgrn },
  mamba2: { core: "A", signed: true, run: mamba2 },
  gla: { core: "B", signed: true, run: gla },
  hgrn2: { core: "B", signed: false, run: hgrn2 },
  rwkv6: { core: "B", signed: false, run: rwkv6 },
  gsa: { core: "B", signed: false, run: gsa },
  deltaRule: { core: "C", signed: true, run: deltaRule },
  gatedDelta: { core: "C", signed: true, run: gatedDelta },
  kda: { core: "C", signed: true, run: kda },
  deltaProduct: { core: "C", signed: true, run: deltaProduct },
  rwkv7: { core: "D", signed: false, run: rwkv7 },
  mamba1: { core: "E", signed: true, run: selectiveScan },
} as const satisfies Record<string, Mixer>;
