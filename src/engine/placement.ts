/** Gathers the facts of one call for the plan: what can run it, and where its data lies. */
import type { BackendName } from "../backends/contract.js";
import { sizeClass } from "../backends/webgpu/buffers.js";
import type { GpuCapabilities } from "../backends/webgpu/run.js";
import { sizeOf } from "../tensor/dtype.js";
import { sizeOfShape } from "../tensor/shape.js";
import { type Backends, bytesOf } from "../tensor/storage.js";
import type { Tensor } from "../tensor/tensor.js";
import type { GpuImplementation, OpSpec, PreparedCall } from "./operation.js";
import type { CandidateFacts, PlanFacts } from "./plan.js";
import type { Rates } from "./rates.js";

// biome-ignore lint/suspicious/noExplicitAny: the engine runs operations of every argument, parameter and kernel type
export type AnySpec<P = any> = OpSpec<any, P, any, any>;

export interface PlacementContext {
  readonly backends: Backends;
  /** Why there is no GPU backend. */
  readonly gpuAbsent: string;
  readonly rates: Rates;
  /** The engine's setting for an operation, by its name. */
  readonly preferred: (op: string) => BackendName | undefined;
}

export function factsOf<P>(spec: AnySpec<P>, call: PreparedCall<P>, context: PlacementContext): PlanFacts {
  const { backends, rates } = context;
  let wasmOnlyBytes = 0;
  let gpuOnlyBytes = 0;
  for (const input of call.inputs) {
    const { location, onGpu } = bytesOf(input);
    if (location === "webgpu") gpuOnlyBytes += input.byteLength;
    else if (!onGpu) wasmOnlyBytes += input.byteLength;
  }
  const outputBytes = call.outputs.reduce((sum, { shape, dtype }) => sum + sizeOfShape(shape) * sizeOf(dtype), 0);
  return {
    op: spec.name,
    work: spec.work(call.params),
    candidates: [cpuCandidate(spec, call, backends), gpuCandidate(spec, call, context)],
    wasmOnlyBytes,
    gpuOnlyBytes,
    outputBytes,
    rates,
    forced: call.on,
    preferred: context.preferred(spec.name),
  };
}

function cpuCandidate<P>(spec: AnySpec<P>, call: PreparedCall<P>, { wasm }: Backends): CandidateFacts {
  if (call.out?.some((out) => out && bytesOf(out).external)) {
    return { backend: "wasm", variant: "none", unsupported: "argument out is a caller's GPU buffer" };
  }
  if (spec.wasm) return { backend: "wasm", variant: wasm.description };
  if (spec.plain) return { backend: "wasm", variant: "plain TypeScript" };
  return { backend: "wasm", variant: "none", unsupported: "the operation has no CPU implementation" };
}

function gpuCandidate<P>(
  spec: AnySpec<P>,
  call: PreparedCall<P>,
  { backends, gpuAbsent }: PlacementContext,
): CandidateFacts {
  const { gpu } = backends;
  if (!gpu) return { backend: "webgpu", variant: "none", unsupported: gpuAbsent };
  if (gpu.lostReason)
    return { backend: "webgpu", variant: "none", unsupported: `the device was lost (${gpu.lostReason})` };
  if (!spec.webgpu)
    return { backend: "webgpu", variant: "none", unsupported: "the operation has no GPU implementation" };
  const unsupported = whyNot(spec.webgpu, gpu.caps, call);
  return {
    backend: "webgpu",
    variant: unsupported ? "none" : (spec.webgpu.variant?.(gpu.caps, call.params) ?? "f32"),
    unsupported,
    notByItself: gpu.software ? `${gpu.description} is a software adapter` : undefined,
  };
}

function whyNot<P>(op: GpuImplementation<P>, caps: GpuCapabilities, call: PreparedCall<P>): string | undefined {
  const wide = [...call.inputs, ...call.outputs].some(({ dtype }) => dtype === "f64");
  if (wide) return "GPUs of WebGPU have no f64";
  const unaligned = call.out?.some(
    (out) => out && !out.isWhole && (out.byteOffset % 4 !== 0 || out.byteLength % 4 !== 0),
  );
  if (unaligned) return "argument out is a view that does not begin and end on 4 bytes";
  if (call.inputs.some(({ byteOffset }) => byteOffset % 4 !== 0))
    return "an input is a view that does not begin on 4 bytes";
  const limit = caps.limits.maxStorageBufferBindingSize;
  const refused = op.unsupported?.(caps, call.params, call.inputs);
  if (refused) return refused;
  const buffer = largestBuffer(call);
  if (buffer > caps.limits.maxBufferSize)
    return `a buffer of ${buffer} bytes is over the device's limit of ${caps.limits.maxBufferSize}`;
  const largest = largestBinding(call);
  if (largest <= limit || op.bindsParts) return undefined;
  const split = op.split?.(call.params);
  if (!split) return `a binding of ${largest} bytes is over the device's limit of ${limit}`;
  const whole = call.inputs.find((input, index) => split.inputBytes[index] === 0 && padded(input) > limit);
  if (whole)
    return `an input that cannot be split has ${whole.byteLength} bytes, over the device's binding limit of ${limit}`;
  if (unitsPerPart(split, caps) === 0)
    return `one unit of the call is over the device's binding limit of ${limit} bytes`;
  return undefined;
}

const padded = ({ byteLength }: Tensor): number => Math.ceil(byteLength / 16) * 16;

function largestBinding<P>(call: PreparedCall<P>): number {
  const outputs = call.outputs.map(({ shape, dtype }) => Math.ceil((sizeOfShape(shape) * sizeOf(dtype)) / 16) * 16);
  return Math.max(0, ...outputs, ...call.inputs.map(padded));
}

/** Inputs are uploaded with all of their storage, whatever part of it they show. */
function largestBuffer<P>(call: PreparedCall<P>): number {
  const outputs = call.outputs.map(({ shape, dtype }) => sizeOfShape(shape) * sizeOf(dtype));
  return Math.max(...[...outputs, ...call.inputs.map(({ storage }) => storage.bytes)].map(sizeClass));
}

/** Units of one part: as many as fit the binding limit, with every part beginning on an aligned offset. */
export function unitsPerPart(
  { inputBytes, outputBytes }: { inputBytes: readonly number[]; outputBytes: readonly number[] },
  { limits }: GpuCapabilities,
): number {
  const alignment = limits.minStorageBufferOffsetAlignment;
  const perUnit = [...inputBytes, ...outputBytes].filter((bytes) => bytes > 0);
  const step = perUnit.reduce(
    (units, bytes) => leastCommonMultiple(units, alignment / greatestCommonDivisor(bytes, alignment)),
    1,
  );
  const largest = Math.max(1, ...perUnit);
  return Math.floor((limits.maxStorageBufferBindingSize - 16) / largest / step) * step;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

function leastCommonMultiple(a: number, b: number): number {
  return (a / greatestCommonDivisor(a, b)) * b;
}
