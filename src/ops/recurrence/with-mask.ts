/** Operations that take a mask beside their other options, although no core knows of masks (mask.ts). */
import type { Tensor } from "../../tensor/tensor.js";
import { copy } from "../broadcast-to.js";
import type { Op } from "../define-op.js";
import { StepMask } from "./mask.js";
import type { RecurrenceOptions } from "./options.js";
import type { RecurrenceParams } from "./params.js";

type Masked<Options> = Options & Pick<RecurrenceOptions, "mask" | "on">;

/**
 * @param compose runs `core` over masked arguments; the last of its own are the call's options without the mask. What it makes and
 *   does not return is disposed.
 * @returns the operation, with the description of `core`
 */
export function withMask<
  Args extends readonly [Tensor, ...unknown[]],
  P extends Pick<RecurrenceParams, "batch" | "steps" | "layout">,
  R extends object,
>(core: Op<Args, P, R>, compose: (mask: StepMask, ...args: Args) => R): Op<Args, P, R> {
  const call = (...args: Args): R => {
    const options = args.at(-1) as Masked<object> | undefined;
    if (!options || !("mask" in options) || options.mask === undefined) return core(...args);
    const { mask, ...others } = options;
    const plain = [...args.slice(0, -1), others] as unknown as Args;
    return args[0].engine.scope(() =>
      compose(new StepMask(core.spec.name, mask, core.spec.prepare(...plain).params, options), ...plain),
    );
  };
  return Object.assign(call, { spec: core.spec });
}

/** Results copied into the tensors that the caller gave for them. */
export function intoGiven<R extends object>(results: R, out: { readonly [K in keyof R]?: Tensor } | undefined): R {
  const entries = Object.entries(results as Record<string, Tensor>).map(([name, tensor]) => {
    const given = out?.[name as keyof R];
    return [name, given ? copy(tensor, { out: given }) : tensor];
  });
  return Object.fromEntries(entries) as R;
}
