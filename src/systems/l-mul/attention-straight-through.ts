/** What a tape makes of L-Mul attention: the gradients of its two products as ordinary ones. */
import type { Gradient } from "../../engine/gradient.js";
import { narrow, wide } from "../../ops/support/pullbacks.js";
import { gradientDType } from "../../tensor/dtype.js";
import type { Tensor } from "../../tensor/tensor.js";
import { lmulAttentionGradients } from "./attention-gradients.js";
import type { AttentionParams, LMulAttentionOptions } from "./attention-params.js";

export const attentionGradient: Gradient<AttentionParams> = ({ inputs, args }) => [
  {
    to: [0, 1, 2],
    reads: inputs,
    run: ([g], kept) => {
      const { out: _, on: __, scope: ___, weights: ____, ...options } = (args[3] ?? {}) as LMulAttentionOptions;
      const [q, k, v] = kept.slice(0, 3).map(wide) as [Tensor, Tensor, Tensor];
      const keyMask = kept[3] && { keyMask: kept[3] };
      const gradients = lmulAttentionGradients(q, k, v, g!, { ...options, ...keyMask, mode: "straight-through" });
      return [gradients.q, gradients.k, gradients.v].map((each, index) =>
        narrow(each, gradientDType(inputs[index]!.dtype)),
      );
    },
  },
];
