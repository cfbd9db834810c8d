/** The stops of the tour, in order. A system adds its own here. */

import { stop as lmul } from "../../systems/l-mul/tour.js";
import { stop as lightnet } from "../../systems/lightnet/tour.js";
import { stop as lightning } from "../../systems/lightning-attention/tour.js";
import { stop as moduliSpace } from "../../systems/moduli-space/tour.js";
import { stop as stateTracking } from "../../systems/state-tracking/tour.js";
import type { TourStop } from "../../systems/tour-stop.js";
import { stop as core } from "./core-stop.js";
import { stop as attention } from "./text-attention-stop.js";

export const stops: readonly TourStop[] = [core, attention, lmul, lightning, lightnet, stateTracking, moduliSpace];
