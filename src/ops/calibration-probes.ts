/** The operations that engine.calibrate() times, one per rate of the plan. Sizes: well under a second in all. */
import type { CalibrationProbe } from "../engine/calibrate.js";

export const calibrationProbes: readonly CalibrationProbe[] = [];
