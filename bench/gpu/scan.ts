/** Running sums of 2^27 f32 on the GPU, in one pass and in two, against our own copy of the same run. */
import type { Engine } from "../../src/engine/engine.js";
import { type ScanOptions, scan } from "../../src/ops/recurrence/scan.js";
import { sizeOf } from "../../src/tensor/dtype.js";
import { randomValues, type Subject } from "./subject.js";

/** 512 MiB, and a length that is no multiple of a tile. */
const longest = 1 << 27;

interface Case {
  readonly dtype: "f32" | "i32";
  readonly n: number;
  readonly options: ScanOptions;
  readonly shareOfCopy?: number;
}

/** Why an engine cannot run the case, in its own words. */
function refusal(engine: Engine, { n, options }: Case): string | undefined {
  const limit = engine.gpu?.caps.limits.maxStorageBufferBindingSize ?? 0;
  if (options.variant === "single-pass" && 4 * n > limit) return `a binding holds ${limit} bytes`;
  const few = engine.tensor(new Float32Array(300));
  try {
    engine.explain(scan, few, { on: "webgpu", ...options });
    return undefined;
  } catch (error) {
    return (error as Error).message;
  } finally {
    few.dispose();
  }
}

function runningSums(given: Case): Subject {
  const { dtype, n, options, shareOfCopy } = given;
  return {
    name: `scan ${dtype}, ${n} elements, ${options.variant}${options.reverse ? ", reverse" : ""}`,
    unit: "TB/s",
    amount: 2 * sizeOf(dtype) * n,
    ...(shareOfCopy ? { shareOfCopy } : {}),
    unavailable: (engine) => refusal(engine, given),
    async prepare(engine) {
      const numbers = randomValues(n, 3);
      const values = dtype === "f32" ? numbers : new Int32Array(numbers.buffer);
      const a = engine.tensor(values);
      return {
        // Two buffers of 512 MiB per call live until the pass is submitted.
        mostCalls: 20,
        call: () => scan(a, { on: "webgpu", ...options }).dispose(),
        async check() {
          const y = scan(a, { on: "webgpu", ...options });
          const sums = await y.data();
          y.dispose();
          let sum = 0;
          let absolute = 0;
          for (let i = 0; i < n; i++) {
            const t = options.reverse ? n - 1 - i : i;
            const x = values[t] as number;
            sum = dtype === "f32" ? sum + x : (sum + x) | 0;
            absolute += Math.abs(x);
            const error = Math.abs(Number(sums[t]) - sum);
            if (!(error <= (dtype === "f32" ? 2 ** -18 * absolute : 0))) {
              throw new Error(`sum ${t} is ${sums[t]}, expected ${sum}`);
            }
          }
        },
        dispose: () => a.dispose(),
      };
    },
  };
}

export const scans: readonly Subject[] = [
  { dtype: "f32", n: longest, options: { variant: "single-pass" }, shareOfCopy: 0.85 },
  { dtype: "f32", n: longest, options: { variant: "reduce-then-scan" }, shareOfCopy: 0.6 },
  { dtype: "i32", n: longest - 5, options: { variant: "single-pass", reverse: true } },
  { dtype: "i32", n: longest - 5, options: { variant: "reduce-then-scan", reverse: true } },
  { dtype: "f32", n: 1 << 20, options: { variant: "single-pass" } },
  { dtype: "f32", n: 1 << 20, options: { variant: "reduce-then-scan" } },
].map((given) => runningSums(given as Case));
