/** A copy in TypeScript over the engine's memory: what moving bytes costs at least, with the cost of a call around it. */
import { defineOp } from "wavefold";

export const copy = defineOp({
  name: "copy",
  prepare: (a, { out }) => ({
    inputs: [a],
    outputs: [{ shape: a.shape, dtype: a.dtype }],
    out: [out],
    params: undefined,
  }),
  work: () => ({ operations: 0, bytes: 0, rate: "stream" }),
  plain: { run: ([a], [out]) => out.bits.set(a.bits) },
  bound: "exact",
});
