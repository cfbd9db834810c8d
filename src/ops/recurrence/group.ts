/** The kernel group of the recurrences, loaded when one of their operations first runs. */
import { load } from "#wasm/recurrence";
import type { KernelGroup } from "../../backends/wasm/group.js";
import type { RecurrenceKernels } from "../../generated/kernels/recurrence.js";

export const recurrenceGroup: KernelGroup<RecurrenceKernels> = { name: "recurrence", load };
