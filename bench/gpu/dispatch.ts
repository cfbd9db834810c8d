/**
 * How often the plan's choice is the faster one: every call of the grid on both backends, with its inputs on either side,
 * against what the plan says before and after engine.calibrate().
 *
 *   npm run bench:dispatch [-- --json]
 *
 * What is timed is what the plan estimates. CPU inputs on the GPU: uploading, computing and reading back. GPU inputs on the
 * CPU: reading back, computing. GPU inputs on the GPU: a call within a chain of eight.
 */
import type { BackendName } from "../../src/backends/contract.js";
import { createEngine } from "../../src/create-engine.js";
import { neg } from "../../src/ops/unary.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { type GridCall, grid } from "./dispatch-grid.js";
import { randomValues } from "./subject.js";

const rounds = 5;
/** A clock tick, and a GPU at rest, count for little against this. */
const leastMs = 1;
const backends = ["wasm", "webgpu"] as const;
type Side = (typeof backends)[number];

const json = process.argv.includes("--json");
const engine = await createEngine({ webgpu: { flags: ["enable-dawn-features=allow_unsafe_apis"] } });
const { gpu } = engine;
if (!gpu || gpu.software) {
  console.error(`no GPU to choose: ${gpu?.description ?? engine.gpuAbsent}`);
  process.exit(1);
}

/** Inputs whose only copy is on `side`. */
function inputsOn(side: Side, { shapes }: GridCall): Tensor[] {
  return shapes.map((shape, seed) => {
    const tensor = engine.tensor(
      randomValues(
        shape.reduce((a, b) => a * b, 1),
        seed + 1,
      ),
      { shape },
    );
    if (side === "wasm") return tensor;
    const moved = neg(tensor, { on: "webgpu" });
    tensor.dispose();
    return moved;
  });
}

const disposeAll = (tensors: readonly Tensor[]) => {
  for (const tensor of tensors) tensor.dispose();
};

/** Seconds of one call. What stays on its side is repeated with the same inputs, what moves has fresh ones every time. */
async function timeOnce(call: GridCall, side: Side, on: BackendName, calls: number): Promise<number> {
  const moves = side !== on;
  const inputs = Array.from({ length: moves ? calls : 1 }, () => inputsOn(side, call));
  await gpu!.idle();
  const start = performance.now();
  for (let i = 0; i < calls; i++) {
    const result = call.run(inputs[moves ? i : 0] as Tensor[], on);
    if (moves) await result.data();
    result.dispose();
  }
  if (side === "webgpu" && on === "webgpu") await gpu!.idle();
  const seconds = (performance.now() - start) / 1000 / calls;
  for (const each of inputs) disposeAll(each);
  return seconds;
}

async function measure(call: GridCall, side: Side, on: BackendName): Promise<number> {
  await timeOnce(call, side, on, 1);
  const chain = side === "webgpu" && on === "webgpu" ? 8 : 1;
  const first = await timeOnce(call, side, on, chain);
  const calls = Math.min(64, Math.max(chain, Math.ceil(leastMs / 1000 / first)));
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) times.push(await timeOnce(call, side, on, calls));
  return times.sort((a, b) => a - b)[rounds >> 1] as number;
}

function choose(call: GridCall, side: Side): BackendName {
  const inputs = inputsOn(side, call);
  const { backend } = call.explain(engine, inputs);
  disposeAll(inputs);
  return backend;
}

const cases = grid.flatMap((call) => backends.map((side) => ({ call, side })));
const shipped = cases.map(({ call, side }) => choose(call, side));
const calibration = await engine.calibrate();

interface Row {
  readonly name: string;
  readonly inputs: Side;
  readonly wasm: number;
  readonly webgpu: number;
  readonly choice: BackendName;
  readonly shippedChoice: BackendName;
}
const rows: Row[] = [];
for (const [index, { call, side }] of cases.entries()) {
  const choice = choose(call, side);
  const [wasm, webgpu] = [await measure(call, side, "wasm"), await measure(call, side, "webgpu")];
  rows.push({ name: call.name, inputs: side, wasm, webgpu, choice, shippedChoice: shipped[index] as BackendName });
}

const lost = (row: Row, choice: BackendName) => row[choice] - Math.min(row.wasm, row.webgpu);
const microseconds = (seconds: number) => `${(seconds * 1e6).toFixed(1)}`;

/** "in 96 of 100 calls, ..." for one way of choosing. */
function summary(title: string, choiceOf: (row: Row) => BackendName): string {
  const wrong = rows.filter((row) => lost(row, choiceOf(row)) > 0);
  const clearly = wrong.filter((row) => row[choiceOf(row)] > 1.25 * Math.min(row.wasm, row.webgpu));
  const total = (value: (row: Row) => number) => rows.reduce((sum, row) => sum + value(row), 0);
  const [spent, best] = [total((row) => row[choiceOf(row)]), total((row) => Math.min(row.wasm, row.webgpu))];
  const worst = wrong.sort((a, b) => lost(b, choiceOf(b)) - lost(a, choiceOf(a)))[0];
  const factor = Math.max(1, ...rows.map((row) => row[choiceOf(row)] / Math.min(row.wasm, row.webgpu)));
  return [
    `${title}: the faster backend in ${rows.length - wrong.length} of ${rows.length} calls, over 1.25 times the better in ${clearly.length};`,
    `  time lost ${((100 * (spent - best)) / best).toFixed(1)}% of ${(best * 1e3).toFixed(1)} ms in all, at most a factor of ${factor.toFixed(2)}` +
      (worst
        ? `; most in one call ${microseconds(lost(worst, choiceOf(worst)))} us (${worst.name}, inputs on ${worst.inputs})`
        : ""),
  ].join("\n");
}

if (json) {
  console.log(JSON.stringify({ adapter: gpu.description, cpu: engine.wasm.description, calibration, rows }, null, 2));
} else {
  console.log(`adapter  ${gpu.description}\ncpu      ${engine.wasm.description}\n`);
  console.log(`${"".padEnd(32)}${"inputs".padEnd(8)}${"wasm us".padStart(12)}${"webgpu us".padStart(12)}  choice`);
  for (const row of rows) {
    const loss = row[row.choice] / Math.min(row.wasm, row.webgpu);
    console.log(
      `${row.name.padEnd(32)}${row.inputs.padEnd(8)}${microseconds(row.wasm).padStart(12)}${microseconds(row.webgpu).padStart(12)}` +
        `  ${row.choice}${loss > 1 ? `, ${loss.toFixed(2)} times the better` : ""}`,
    );
  }
  console.log(
    `\n${summary("calibrated", ({ choice }) => choice)}\n${summary("shipped rates", (row) => row.shippedChoice)}`,
  );
  console.log(`\nrates ${JSON.stringify(calibration.rates)}`);
}
engine.destroy();
// Dawn's instance would keep the process alive.
process.exit(0);
