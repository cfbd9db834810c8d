/** The inputs of a call whose options bring tensors: a list for the engine, and where each one is in it. */
import type { Tensor } from "../../tensor/tensor.js";

export interface InputList<Name extends string> {
  readonly inputs: readonly Tensor[];
  readonly names: readonly Name[];
  /** Index of each input, -1 where it is absent. */
  readonly at: Readonly<Record<Name, number>>;
}

/** The inputs that are given, in the order of `given`. */
export function listInputs<Name extends string>(given: Readonly<Record<Name, Tensor | undefined>>): InputList<Name> {
  const inputs: Tensor[] = [];
  const names: Name[] = [];
  const at = {} as Record<Name, number>;
  for (const name in given) {
    const tensor = given[name];
    at[name] = tensor ? inputs.length : -1;
    if (!tensor) continue;
    inputs.push(tensor);
    names.push(name);
  }
  return { inputs, names, at };
}
