/** The gates of the additive recurrence from their definition, one channel in float64: k_t = e^(x_t - z_t), g_t = z_{t-1} - z_t. */
import { logAddExp, ratio } from "./lightnet.js";

export interface GatesOracle {
  readonly k: Float64Array;
  /** 0 where no token came before. */
  readonly g: Float64Array;
  /** Before the first token and after every one: one more than there are tokens. */
  readonly z: Float64Array;
}

export function gatesOracle(x: ArrayLike<number>, z0 = -Infinity): GatesOracle {
  const time = x.length;
  const [k, g, z] = [new Float64Array(time), new Float64Array(time), new Float64Array(time + 1).fill(z0)];
  for (let t = 0; t < time; t++) {
    const before = z[t] as number;
    const after = logAddExp(before, x[t] as number);
    z[t + 1] = after;
    k[t] = ratio(x[t] as number, after);
    g[t] = before === -Infinity ? 0 : before - after;
  }
  return { k, g, z };
}

/**
 * Gradients of sum(k dk) + sum(g dg) + z dz, z after the last token, by the sums themselves: z_t moves with x_s as e^(x_s - z_t),
 * and with z_0 as e^(z_0 - z_t).
 */
export function gatesBackwardOracle(
  x: ArrayLike<number>,
  { dk, dg, dz = 0 }: { readonly dk: ArrayLike<number>; readonly dg: ArrayLike<number>; readonly dz?: number },
  z0 = -Infinity,
): { readonly dx: Float64Array; readonly dz0: number } {
  const time = x.length;
  const { k, z } = gatesOracle(x, z0);
  const dx = Float64Array.from(k, (weight, t) => weight * (dk[t] as number));
  // What the loss gains with z_t, t = 0 for the one before the first token.
  const of = new Float64Array(time + 1);
  of[time] = dz;
  for (let t = 1; t <= time; t++) {
    of[t]! -= (dk[t - 1] as number) * (k[t - 1] as number);
    if (z[t - 1] === -Infinity) continue;
    of[t]! -= dg[t - 1] as number;
    of[t - 1]! += dg[t - 1] as number;
  }
  let dz0 = z0 === -Infinity && time > 0 ? 0 : (of[0] as number);
  for (let t = 1; t <= time; t++) {
    dz0 += (of[t] as number) * ratio(z0, z[t] as number);
    for (let s = 0; s < t; s++) dx[s]! += (of[t] as number) * ratio(x[s] as number, z[t] as number);
  }
  return { dx, dz0 };
}
