/** The classifier of continued fractions by nilpotent products, on one thread, beside the seconds that it may take. */
import { createEngine } from "wavefold";
import { cube, nilpotencyMask, survivorsOf } from "wavefold/matrix-fields";
import { within } from "../lib/within.mjs";

export const alone = true;

export async function run({ rounds }) {
  const engine = await createEngine({ threads: 1, webgpu: false });
  const box = cube(2, 2, 5);
  const classify = async () => {
    const mask = nilpotencyMask(engine, box);
    const kept = survivorsOf(await mask.data(), mask.shape[1]);
    mask.dispose();
    return kept;
  };
  const kept = await classify();
  const rows = [await within(`1,771,561 fractions, list of ${kept.length}`, classify, 1, rounds)];
  engine.destroy();
  return rows;
}
