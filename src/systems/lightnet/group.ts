/** The kernel group of LightNet, loaded when one of its operations first runs. */
import { load } from "#wasm/lightnet";
import type { KernelGroup } from "../../backends/wasm/group.js";
import type { LightnetKernels } from "../../generated/kernels/lightnet.js";

export const lightnetGroup: KernelGroup<LightnetKernels> = { name: "lightnet", load };
