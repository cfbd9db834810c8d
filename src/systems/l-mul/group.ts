/** The kernel group of L-Mul, loaded when one of its operations first runs. */
import { load } from "#wasm/l-mul";
import type { KernelGroup } from "../../backends/wasm/group.js";
import type { LMulKernels } from "../../generated/kernels/l-mul.js";

export const lmulGroup: KernelGroup<LMulKernels> = { name: "l-mul", load };
