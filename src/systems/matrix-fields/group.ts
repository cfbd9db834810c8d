/** The kernel group of the classifier, loaded when it first runs. */
import { load } from "#wasm/matrix-fields";
import type { KernelGroup } from "../../backends/wasm/group.js";
import type { MatrixFieldsKernels } from "../../generated/kernels/matrix-fields.js";

export const matrixFieldsGroup: KernelGroup<MatrixFieldsKernels> = { name: "matrix-fields", load };
