/** The kernel group of intersection numbers, and how a caller gets hold of it. */
import { load } from "#wasm/moduli-space";
import type { KernelGroup } from "../../backends/wasm/group.js";
import type { Engine } from "../../engine/engine.js";
import type { ModuliSpaceKernels } from "../../generated/kernels/moduli-space.js";

export const moduliSpaceGroup: KernelGroup<ModuliSpaceKernels> = { name: "moduli-space", load };

/** An engine whose kernels of this folder are loaded: what `psi` takes as `kernels`. */
export interface PsiKernels {
  readonly engine: Engine;
}

/** Loads the kernels into an engine, so that `psi` may use them without waiting. */
export async function openPsi(engine: Engine): Promise<PsiKernels> {
  await engine.wasm.load(moduliSpaceGroup);
  return { engine };
}
