/** The kernel group of the scans, loaded when one of them first runs. */
import { load } from "#wasm/scan";
import type { KernelGroup } from "../../../backends/wasm/group.js";
import type { ScanKernels } from "../../../generated/kernels/scan.js";

export const scanGroup: KernelGroup<ScanKernels> = { name: "scan", load };
