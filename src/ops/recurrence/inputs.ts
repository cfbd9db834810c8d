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
  const all = Object.entries(given) as [Name, Tensor | undefined][];
  const present = all.filter((entry): entry is [Name, Tensor] => entry[1] !== undefined);
  const names = present.map(([name]) => name);
  const at = Object.fromEntries(all.map(([name]) => [name, names.indexOf(name)])) as Record<Name, number>;
  return { inputs: present.map(([, tensor]) => tensor), names, at };
}
