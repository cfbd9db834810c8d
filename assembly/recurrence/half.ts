// Half floats are widened whole before a recurrence and its results narrowed after it, with the core's own conversions.

export { narrow, widen } from "../cast/widen";
