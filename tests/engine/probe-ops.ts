/** Operations for tests of the engine itself: exact on every backend, so that any difference is the engine's. */
import { packParams } from "../../src/backends/webgpu/run.js";
import type { CallOptions } from "../../src/engine/operation.js";
import { defineOp } from "../../src/ops/define-op.js";
import type { Tensor } from "../../src/tensor/tensor.js";

const mixShader = /* wgsl */ `
struct Params { group_base: u32, group_count: u32, factor: u32, size: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<u32>;
@group(0) @binding(2) var<storage, read> b: array<u32>;
@group(0) @binding(3) var<storage, read_write> result: array<u32>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let group = params.group_base + wid.x + nwg.x * (wid.y + nwg.y * wid.z);
  let i = group * 64 + lane;
  if (group < params.group_count && i < params.size) { result[i] = a[i] * params.factor + b[i]; }
}
`;

interface MixParams {
  readonly factor: number;
  readonly size: number;
}

/** factor * a + b on u32, modulo 2^32. */
export const mixed = (factor: number, a: number, b: number): number => (Math.imul(factor, a) + b) >>> 0;

/** result[i] = factor * a[i] + b[i] on u32, modulo 2^32; a and b have the same shape. */
export const mix = defineOp({
  name: "mix",
  prepare: (a: Tensor, b: Tensor, options: CallOptions & { factor?: number } = {}) => ({
    inputs: [a, b],
    names: ["a", "b"],
    outputs: [{ shape: a.shape, dtype: "u32" as const }],
    params: { factor: options.factor ?? 3, size: a.size } satisfies MixParams,
    out: [options.out],
    ...placement(options),
  }),
  work: ({ size }) => ({ operations: 2 * size, bytes: 12 * size, rate: "integer" as const }),
  plain: {
    run([a, b], [result], { factor }) {
      if (!a || !b || !result) return;
      for (let i = 0; i < result.bits.length; i++) {
        result.bits[i] = mixed(factor, a.bits[i] as number, b.bits[i] as number);
      }
    },
  },
  webgpu: {
    split: ({ size, factor }) => ({
      units: size,
      inputBytes: [4, 4],
      outputBytes: [4],
      narrow: (start, end) => ({ factor, size: end - start }),
    }),
    encode(g, inputs, outputs, { factor, size }) {
      g.dispatch({
        label: "mix",
        shader: mixShader,
        params: packParams(factor, size),
        bindings: [...inputs, ...outputs],
        groups: Math.ceil(size / 64),
      });
    },
  },
  bound: "exact",
});

/** The elements of a backwards, on the CPU only: every element is read before its place is written. */
export const reversed = defineOp({
  name: "reversed",
  prepare: (a: Tensor, options: CallOptions = {}) => ({
    inputs: [a],
    names: ["a"],
    outputs: [{ shape: a.shape, dtype: a.dtype }],
    params: undefined,
    out: [options.out],
    ...placement(options),
  }),
  work: () => ({ operations: 0, bytes: 1, rate: "stream" as const }),
  plain: {
    run([a], [result]) {
      if (a && result) result.bits.set(a.bits.toReversed());
    },
  },
  bound: "exact",
});

/** The smallest module: nothing but magic number and version. */
const emptyModule = Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00);

/** A copy whose kernel group arrives only when `open` is called: it, and all that builds on it, waits in the queue. */
export function gatedCopy() {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const group = { name: "gated", load: () => opened.then(() => new WebAssembly.Module(emptyModule)) };
  const copied = defineOp({
    name: "copied",
    prepare: (a: Tensor, options: CallOptions = {}) => ({
      inputs: [a],
      outputs: [{ shape: a.shape, dtype: a.dtype }],
      params: undefined,
      out: [options.out],
      ...placement(options),
    }),
    work: () => ({ operations: 0, bytes: 1, rate: "stream" as const }),
    wasm: {
      group,
      run(w, [a], [result]) {
        if (a && result) w.bytes(result.ptr, 4 * a.size).set(w.bytes(a.ptr, 4 * a.size));
      },
    },
    bound: "exact",
  });
  return { copied, open };
}

function placement({ on, scope }: CallOptions): Pick<CallOptions, "on" | "scope"> {
  return { ...(on ? { on } : {}), ...(scope ? { scope } : {}) };
}
