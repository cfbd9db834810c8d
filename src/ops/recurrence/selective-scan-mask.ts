/** Padding of the selective scan: a step of size 0 neither writes nor decays. */
import type { Tensor } from "../../tensor/tensor.js";
import { add } from "../binary.js";
import type { StepMask } from "./mask.js";
import type { SelectiveScanOptions } from "./selective-scan-params.js";

/** Its softplus is exactly 0 whatever a bias adds to it, and f16 holds it. */
const noStep = -1e4;

/** delta with steps of size 0 where they are masked, and the options that go with it: a bias without softplus is added here. */
export function maskedSteps<Options extends SelectiveScanOptions>(
  mask: StepMask,
  delta: Tensor,
  options: Options,
): { readonly delta: Tensor; readonly options: Options } {
  const { deltaBias, ...others } = options;
  if (options.deltaSoftplus) return { delta: mask.apply(delta, noStep), options };
  const whole = deltaBias ? add(delta, deltaBias.reshape([deltaBias.size, 1])) : delta;
  return { delta: mask.apply(whole, 0), options: others as Options };
}
