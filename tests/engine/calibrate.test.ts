/** Calibration against a clock and a GPU that a script drives: every rate below is what the script says. */
import { describe, expect, test } from "vitest";
import { type BackendName, InputError } from "../../src/backends/contract.js";
import type { WebGpuBackend } from "../../src/backends/webgpu/backend.js";
import type { CalibrationProbe } from "../../src/engine/calibrate.js";
import { type Calibration, defaultRates, type Rates } from "../../src/engine/rates.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { testEngine } from "./engines.js";
import { mix } from "./probe-ops.js";

/** Milliseconds that pass only when something is done. */
class Machine {
  now = 0;
  readonly clock = () => this.now;
  /** Milliseconds per call of a probe, of which the launch is half, and of the transfers. */
  constructor(
    readonly costs: Record<BackendName, number>,
    readonly transfers = { upload: 4, download: 8, roundTrip: 1, idle: 0.5 },
  ) {}

  spend(milliseconds: number): void {
    this.now += milliseconds;
  }

  /** All that the engine asks of a GPU while it calibrates and plans. */
  gpu(software = false): WebGpuBackend {
    const fake = {
      name: "webgpu",
      description: "scripted",
      software,
      lostReason: undefined,
      caps: { limits: { maxStorageBufferBindingSize: 2 ** 27, maxBufferSize: 2 ** 28 } },
      onLost: () => undefined,
      memory: () => ({ usedBytes: 0, peakBytes: 0, pooledBytes: 0 }),
      allocate: () => ({}),
      release: () => undefined,
      write: () => this.spend(this.transfers.upload),
      read: async ({ bytes }: { bytes: number }) =>
        this.spend(this.transfers.roundTrip + (bytes > 4 ? this.transfers.download : 0)),
      idle: async () => this.spend(this.transfers.idle),
      destroy: () => undefined,
    };
    return fake as unknown as WebGpuBackend;
  }

  probe(measures: CalibrationProbe["measures"]): CalibrationProbe {
    return {
      measures,
      work: { operations: 1e6, bytes: 1e5, rate: measures === "bytes" || measures === "launch" ? "stream" : measures },
      prepare: (engine) => [engine.tensor([1])],
      run: ([input], on) => {
        this.spend(measures === "launch" ? this.costs[on] / 2 : this.costs[on]);
        return (input as Tensor).alias();
      },
    };
  }

  engine(software = false) {
    const probes = (["launch", "bytes", "multiply-add", "special", "stream", "gather", "integer"] as const).map(
      (measures) => this.probe(measures),
    );
    return testEngine({ gpu: this.gpu(software), gpuAbsent: "", probes });
  }
}

const millisecond = 1e-3;

describe("engine.calibrate", () => {
  test("measures every rate of both backends, and uses them from then on", async () => {
    const machine = new Machine({ wasm: 2, webgpu: 0.25 });
    const engine = machine.engine();
    const { rates } = await engine.calibrate({ clock: machine.clock });
    expect(rates.wasm).toEqual({
      launchSeconds: millisecond,
      bytesPerSecond: 1e5 / millisecond,
      operationsPerSecond: all(1e6 / millisecond),
    });
    // Eight calls share one wait for the device.
    expect(rates.webgpu.launchSeconds).toBeCloseTo(((8 * 0.125 + 0.5) / 8) * millisecond, 12);
    expect(rates.webgpu.bytesPerSecond / (1e5 / (0.125 * millisecond))).toBeCloseTo(1, 9);
    expect(rates.webgpu.operationsPerSecond.special / (1e6 / (0.125 * millisecond))).toBeCloseTo(1, 9);
    // 16 MiB each way; what an empty wait or an empty read takes is not counted to the bytes.
    expect(rates.uploadBytesPerSecond / (2 ** 24 / (4 * millisecond))).toBeCloseTo(1, 9);
    expect(rates.downloadBytesPerSecond / (2 ** 24 / (8 * millisecond))).toBeCloseTo(1, 9);
    expect(rates.roundTripSeconds).toBeCloseTo(millisecond, 12);
    expect(engine.rates).toEqual(rates);
    expect(engine.memory().tensors).toBe(0);
  });

  test("takes no rate beyond eight times what a call took, however long its launch", async () => {
    const machine = new Machine({ wasm: 2, webgpu: 1 });
    const slow = { ...machine.probe("launch"), run: machine.probe("stream").run };
    const engine = testEngine({ probes: [slow, machine.probe("stream")] });
    const { rates } = await engine.calibrate({ clock: machine.clock });
    expect(rates.wasm.operationsPerSecond.stream / (8e6 / (2 * millisecond))).toBeCloseTo(1, 9);
  });

  test("turns the choice", async () => {
    const choice = async (costs: Record<BackendName, number>) => {
      const machine = new Machine(costs, { upload: 1e-6, download: 1e-6, roundTrip: 1e-6, idle: 0 });
      const engine = machine.engine();
      await engine.calibrate({ clock: machine.clock });
      const a = engine.tensor(new Uint32Array(1000));
      return engine.explain(mix, a, a).backend;
    };
    expect(await choice({ wasm: 1, webgpu: 0.01 })).toBe("webgpu");
    expect(await choice({ wasm: 0.01, webgpu: 1 })).toBe("wasm");
  });

  test("takes the best of its rounds", async () => {
    const machine = new Machine({ wasm: 8, webgpu: 1 });
    const engine = testEngine({
      probes: [
        {
          ...machine.probe("special"),
          run: ([input]) => {
            machine.spend(machine.costs.wasm);
            machine.costs.wasm /= 2;
            return (input as Tensor).alias();
          },
        },
      ],
    });
    const { rates } = await engine.calibrate({ clock: machine.clock, rounds: 3 });
    // 8 ms are the warm-up's; the rounds take 4, 2 and 1.
    const busy = millisecond - defaultRates.wasm.launchSeconds;
    expect(rates.wasm.operationsPerSecond.special / (1e6 / busy)).toBeCloseTo(1, 9);
    expect(rates.wasm.operationsPerSecond.gather).toBe(defaultRates.wasm.operationsPerSecond.gather);
    expect(rates.webgpu).toEqual(defaultRates.webgpu);
  });

  test.each([
    ["stands still", () => 0],
    [
      "runs backwards",
      (
        (now: number) => () =>
          now--
      )(0),
    ],
    ["has no numbers", () => Number.NaN],
  ])("keeps what is known where the clock %s", async (_, clock) => {
    const engine = new Machine({ wasm: 1, webgpu: 1 }).engine();
    expect((await engine.calibrate({ clock })).rates).toEqual(defaultRates);
  });

  test("leaves a software adapter alone", async () => {
    const machine = new Machine({ wasm: 1, webgpu: 1 });
    const { rates } = await machine.engine(true).calibrate({ clock: machine.clock });
    expect(rates.wasm.launchSeconds).toBe(millisecond / 2);
    expect(rates.webgpu).toEqual(defaultRates.webgpu);
  });

  test("names the machine, and is what createEngine takes after a way through JSON", async () => {
    const machine = new Machine({ wasm: 1, webgpu: 1 });
    const calibration = await machine.engine().calibrate({ clock: machine.clock });
    expect(calibration.machine).toEqual({ wasm: expect.stringContaining("1 thread"), webgpu: "scripted" });
    const saved = JSON.parse(JSON.stringify(calibration)) as Calibration;
    expect(saved).toEqual(calibration);
    expect(testEngine({ rates: saved.rates }).rates).toEqual(calibration.rates);
  });

  test("stops at an aborted signal, and the rates stay", async () => {
    const machine = new Machine({ wasm: 1, webgpu: 1 });
    const engine = machine.engine();
    await expect(engine.calibrate({ clock: machine.clock, signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
    expect(engine.rates).toEqual(defaultRates);
    expect(engine.memory().tensors).toBe(0);
  });

  test.each([0, -1, 1.5, Number.NaN, Infinity, "3"])("refuses %s rounds", async (rounds) => {
    const engine = testEngine();
    await expect(engine.calibrate({ rounds: rounds as number })).rejects.toThrow(InputError);
  });
});

function all(rate: number): Rates["wasm"]["operationsPerSecond"] {
  return { "multiply-add": rate, special: rate, stream: rate, gather: rate, integer: rate };
}
