/** The kernel group that every engine loads. */
import { load } from "#wasm/core";
import type { CoreKernels } from "../../generated/kernels/core.js";
import type { KernelGroup } from "./group.js";

export const coreGroup: KernelGroup<CoreKernels> = { name: "core", load };
