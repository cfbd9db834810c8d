/** Tensors named on the command line: `a.npy`, `model.safetensors`, `model.safetensors:layer.weight`. */
import { readFileSync, writeFileSync } from "node:fs";
import { InputError } from "../backends/contract.js";
import { readNpy, writeNpy } from "../tensor/files/npy.js";
import { readSafetensors, writeSafetensors } from "../tensor/files/safetensors.js";
import type { HostTensor } from "../tensor/host-tensor.js";
import { FileError, onFile, UsageError } from "./failure.js";

const ending = ".safetensors";

/** @throws UsageError for a name that is no tensor file, FileError for a file that cannot be read */
export function readTensorFile(reference: string): HostTensor {
  const { path, entry } = split(reference);
  const bytes = onFile(path, () => readFileSync(path));
  const named = <T>(read: () => T): T => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      throw new FileError(`${path}: ${error.message}`, { cause: error });
    }
  };
  return path.endsWith(".npy")
    ? named(() => readNpy(bytes))
    : pick(
        path,
        entry,
        named(() => readSafetensors(bytes).tensors),
      );
}

export function writeTensorFile(path: string, tensor: HostTensor): void {
  if (!path.endsWith(".npy") && !path.endsWith(ending)) throw unknownType(path);
  const bytes = path.endsWith(".npy") ? writeNpy(tensor) : writeSafetensors(new Map([["result", tensor]]));
  onFile(path, () => writeFileSync(path, bytes));
}

function split(reference: string): { path: string; entry?: string } {
  const at = reference.indexOf(`${ending}:`);
  if (at >= 0) return { path: reference.slice(0, at + ending.length), entry: reference.slice(at + ending.length + 1) };
  if (reference.endsWith(".npy") || reference.endsWith(ending)) return { path: reference };
  throw unknownType(reference);
}

const unknownType = (path: string) => new UsageError(`${path}: expected a name ending in .npy or .safetensors`);

function pick(path: string, entry: string | undefined, tensors: ReadonlyMap<string, HostTensor>): HostTensor {
  const names = [...tensors.keys()];
  const name = entry ?? (names.length === 1 ? names[0] : undefined);
  const tensor = name === undefined ? undefined : tensors.get(name);
  if (tensor) return tensor;
  const list = names.slice(0, 12).join(", ") + (names.length > 12 ? `, and ${names.length - 12} more` : "");
  const problem = entry === undefined ? `holds ${names.length} tensors` : `has no tensor "${entry}"`;
  throw new UsageError(`${path} ${problem}: name one as ${path}:NAME (${list})`);
}
