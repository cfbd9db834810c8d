/** Runs one placed call on the CPU: operands by address, results written in place or swapped in. */
import { asNamedError, UnsupportedError } from "../backends/contract.js";
import type { WasmBackend } from "../backends/wasm/backend.js";
import { bitsArrayOf, sizeOf } from "../tensor/dtype.js";
import { sizeOfShape } from "../tensor/shape.js";
import type { Storage } from "../tensor/storage.js";
import type { OutputSpec, PlainOperand, WasmOperand } from "./operation.js";
import type { AnySpec } from "./placement.js";

/** An input, captured when the call was made: its tensor may be disposed before a queued call runs. */
export interface InputView {
  readonly storage: Storage;
  readonly byteOffset: number;
  readonly shape: readonly number[];
  readonly dtype: OutputSpec["dtype"];
  readonly size: number;
  readonly byteLength: number;
}

/** Where a result goes. */
export interface OutputView extends InputView {
  /** The result is all of the storage, so its memory may be replaced. */
  readonly whole: boolean;
}

/**
 * All inputs must be in WebAssembly memory, and so must the storages of partial outputs. When the kernel throws, results
 * that were to be written in place carry the error: nobody knows what is left of what they held.
 */
export function runOnCpu<P>(
  spec: AnySpec<P>,
  inputs: readonly InputView[],
  outputs: readonly OutputView[],
  params: P,
  wasm: WasmBackend,
): void {
  if (spec.wasm?.check) {
    const { group, check } = spec.wasm;
    wasm.run(group, spec.name, (w) => check(w, inputs.map(inputOperand), params));
  }
  const inPlace = spec.wasm?.inPlace === true;
  const fresh: { output: OutputView; ptr: number }[] = [];
  const overwritten: Storage[] = [];
  const operands: WasmOperand[] = [];
  let done = false;
  try {
    const outputOperands = outputs.map((output) => {
      const aliased = inputs.some((input) => input.storage === output.storage);
      const sameRegion = inputs.every(
        (input) =>
          input.storage !== output.storage ||
          (input.byteOffset === output.byteOffset && input.byteLength === output.byteLength),
      );
      let ptr: number;
      if (aliased && !(inPlace && sameRegion)) {
        ptr = wasm.allocate(output.byteLength, spec.name);
        fresh.push({ output, ptr });
      } else {
        // Operand addresses of aliased inputs stay valid: the memory is the same.
        ptr = output.storage.writeWasm(spec.name) + output.byteOffset;
        overwritten.push(output.storage);
      }
      return operand(output, ptr);
    });
    operands.push(...inputs.map(inputOperand));
    if (spec.wasm) {
      const { group, run } = spec.wasm;
      wasm.run(group, spec.name, (w) => run(w, operands, outputOperands, params));
    } else if (spec.plain) {
      spec.plain.run(operands.map(plain), outputOperands.map(plain), params);
    } else throw new UnsupportedError(spec.name, "the operation has no CPU implementation");
    done = true;
  } catch (error) {
    for (const storage of overwritten) storage.failure = asNamedError(spec.name, error);
    throw error;
  } finally {
    for (const { output, ptr } of fresh) {
      if (!done) wasm.release(ptr);
      else if (output.whole) output.storage.adoptWasm(ptr);
      else {
        const target = output.storage.writeWasm(spec.name) + output.byteOffset;
        wasm.bytes(target, output.byteLength).set(wasm.bytes(ptr, output.byteLength));
        wasm.release(ptr);
      }
    }
  }

  function plain({ ptr, shape, dtype, size }: WasmOperand): PlainOperand {
    return { bits: new (bitsArrayOf(dtype))(wasm.buffer, ptr, size), shape, dtype };
  }
}

function inputOperand(input: InputView): WasmOperand {
  return operand(input, input.storage.ptr + input.byteOffset);
}

function operand({ shape, dtype, size }: InputView, ptr: number): WasmOperand {
  return { ptr, shape, dtype, size };
}

/** Bytes of an output. */
export function byteLengthOf({ shape, dtype }: OutputSpec): number {
  return sizeOfShape(shape) * sizeOf(dtype);
}
