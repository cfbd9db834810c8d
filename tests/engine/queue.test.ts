/** Whatever runs where and when, the results are those of one operation after another. */
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import type { BackendName } from "../../src/backends/contract.js";
import type { Engine } from "../../src/engine/engine.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { gpuEngine, gpuMissing } from "./engines.js";
import { mix, mixed, reversed } from "./probe-ops.js";

const missing = await gpuMissing();
beforeEach(({ skip }) => skip(missing !== undefined, missing));

/** Rows of 64 u32 begin on 256 bytes, those of 6 do not. */
const rowLengths = [64, 6] as const;
const rows = 4;

type Command =
  | { do: "mix"; a: number; b: number; out: number | undefined; on: BackendName | undefined }
  | { do: "reverse"; a: number; out: number | undefined }
  | { do: "view"; of: number; row: number }
  | { do: "read"; of: number }
  | { do: "dispose"; of: number }
  | { do: "wait" };

const pick = fc.nat({ max: 1000 });
const out = fc.option(pick, { nil: undefined });
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("mix" as const), a: pick, b: pick, out, on: backend() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("reverse" as const), a: pick, out }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("view" as const), of: pick, row: fc.nat({ max: rows - 1 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("read" as const), of: pick }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("dispose" as const), of: pick }) },
  { weight: 1, arbitrary: fc.constant({ do: "wait" as const }) },
);

function backend(): fc.Arbitrary<BackendName | undefined> {
  return fc.constantFrom("wasm", "webgpu", undefined);
}

/** A tensor beside the plain array that it must equal; a view is a subarray of its base's. */
interface Twin {
  readonly tensor: Tensor;
  readonly plain: Uint32Array;
}

/** What a read gave beside what it must give; the first becomes its value when awaited. */
type Read = [unknown, Uint32Array];

/** Runs the commands on both; gives what was read and what it should have been at the time of asking. */
async function play(engine: Engine, rowLength: number, commands: readonly Command[]): Promise<Read[]> {
  const reads: Read[] = [];
  const twins: Twin[] = [1, 1000].map((seed) => {
    const plain = Uint32Array.from({ length: rows * rowLength }, (_, i) => Math.imul(seed, i + 1));
    return { tensor: engine.tensor(plain, { shape: [rows, rowLength] }), plain };
  });
  const at = (index: number): Twin => twins[index % twins.length] as Twin;
  const like = (index: number, { plain }: Twin): Twin => {
    const same = twins.filter((twin) => twin.plain.length === plain.length);
    return same[index % same.length] as Twin;
  };
  const finish = (result: Tensor, values: Uint32Array, target: Twin | undefined): void => {
    if (target) target.plain.set(values);
    else twins.push({ tensor: result, plain: values });
  };
  for (const command of commands) {
    if (command.do === "mix") {
      const a = at(command.a);
      const b = like(command.b, a);
      const target = command.out === undefined ? undefined : like(command.out, a);
      const values = a.plain.map((x, i) => mixed(3, x, b.plain[i] as number));
      const options = { ...(target ? { out: target.tensor } : {}), ...(command.on ? { on: command.on } : {}) };
      finish(mix(a.tensor, b.tensor, options), values, target);
    } else if (command.do === "reverse") {
      const a = at(command.a);
      const target = command.out === undefined ? undefined : like(command.out, a);
      finish(reversed(a.tensor, target ? { out: target.tensor } : {}), a.plain.toReversed(), target);
    } else if (command.do === "view") {
      const { tensor, plain } = at(command.of);
      if (plain.length !== rows * rowLength) continue;
      const view = tensor.rows(command.row, command.row + 1);
      twins.push({ tensor: view, plain: plain.subarray(command.row * rowLength, (command.row + 1) * rowLength) });
    } else if (command.do === "read") {
      const { tensor, plain } = at(command.of);
      reads.push([tensor.data(), plain.slice()]);
    } else if (command.do === "dispose") {
      if (twins.length > 2) twins.splice(command.of % twins.length, 1)[0]?.tensor.dispose();
      if (!twins.some(({ plain }) => plain.length === rows * rowLength)) break;
    } else await new Promise((resolve) => setImmediate(resolve));
  }
  for (const { tensor, plain } of twins) reads.push([tensor.data(), plain.slice()]);
  const results = await Promise.all(reads.map(async ([read, expected]): Promise<Read> => [await read, expected]));
  for (const { tensor } of twins) tensor.dispose();
  return results;
}

describe("random chains over both backends, with views, results in place and reads in between", () => {
  test.each(rowLengths)("equal the same chain on plain arrays (rows of %i)", async (rowLength) => {
    const engine = await gpuEngine();
    const property = fc.asyncProperty(fc.array(command, { minLength: 1, maxLength: 25 }), async (commands) => {
      for (const [actual, expected] of await play(engine, rowLength, commands)) {
        expect(actual).toEqual(expected);
      }
      expect(engine.memory().tensors).toBe(0);
    });
    await fc.assert(property, { numRuns: 150 });
    await engine.gpu?.idle();
    expect(engine.memory().wasm.usedBytes).toBe(0);
    expect(engine.memory().webgpu?.usedBytes).toBe(0);
  });
});

test("reads that had to queue wait for the GPU side by side", async () => {
  const engine = await gpuEngine();
  const gpu = engine.requireGpu("test");
  const readInto = gpu.readInto.bind(gpu);
  let underWay = 0;
  let most = 0;
  gpu.readInto = async (...args) => {
    most = Math.max(most, ++underWay);
    await readInto(...args);
    underWay--;
  };
  const values = [1, 2, 3].map((x) => Uint32Array.of(x, x, x, x));
  const tensors = values.map((x) => {
    const onGpu = mix(engine.tensor(x), engine.tensor(x), { on: "webgpu" });
    // Must wait until its input is back on the CPU, and all that follows with it.
    const onCpu = mix(onGpu, engine.tensor(x), { on: "wasm" });
    return mix(onCpu, engine.tensor(x), { on: "webgpu" });
  });
  const read = await Promise.all(tensors.map((tensor) => tensor.data()));
  const twin = (x: number) => mixed(3, mixed(3, mixed(3, x, x), x), x);
  for (const [i, x] of values.entries()) expect(read[i]).toEqual(x.map(twin));
  expect(most).toBe(3);
});
