/** The stops of the tour, in order. A system adds its own here. */
import type { TourStop } from "../../systems/tour-stop.js";
import { stop as core } from "./core-stop.js";

import { stop as attention } from "./text-attention-stop.js";

export const stops: readonly TourStop[] = [core, attention];
