/** Gradients through the gates by themselves; that of z comes by the sum, as in additive-gradient.ts. */
import type { Gradient } from "../../engine/gradient.js";
import { mul } from "../../ops/binary.js";
import { fill } from "../../ops/fill.js";
import type { Tensor } from "../../tensor/tensor.js";
import { toSum } from "./additive-gradient.js";
import type { GatesCall, GatesOptions } from "./gates.js";
import { gatesBack } from "./gates-backward.js";

export const lightnetGatesGradient: Gradient<GatesCall> = ({ names, inputs, outputs, args }) => {
  const { layout, reverse, cuSeqlens } = (args[1] ?? {}) as GatesOptions;
  const shape = { ...(layout && { layout }), ...(reverse && { reverse }), ...(cuSeqlens && { cuSeqlens }) };
  const initialSum = names.includes("sum") ? [inputs[names.indexOf("sum")] as Tensor] : [];
  return [
    {
      to: inputs.map((_, index) => index),
      reads: [outputs[0] as Tensor, outputs[1] as Tensor, outputs[3] as Tensor, ...initialSum],
      run: ([dK, dG, , dSum], [k, g, sum, sumBefore]) => {
        const none = () => fill(k!.engine, k!.shape, 0);
        const dZ = dSum && mul(dSum, sum!);
        const { dx, dInitialZ } = gatesBack(k!, g!, dK ?? none(), dG ?? none(), { ...shape, dZ });
        const all = { x: dx, max: dInitialZ, z: dInitialZ };
        return names.map((name) => (name === "sum" ? toSum(dInitialZ, sumBefore!) : all[name as keyof typeof all]));
      },
    },
  ];
};
