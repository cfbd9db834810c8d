import { describe, expect, test } from "vitest";
import { InputError } from "../../src/backends/contract.js";
import { calibrationVersion, checkCalibration, defaultRates, withThreads } from "../../src/engine/rates.js";

describe("withThreads", () => {
  test("one thread changes nothing", () => expect(withThreads(defaultRates, 1)).toEqual(defaultRates));

  test("more threads raise the CPU's arithmetic, not its bandwidth, and nothing of the GPU", () => {
    const four = withThreads(defaultRates, 4);
    expect(four.wasm.operationsPerSecond.special).toBeGreaterThan(3 * defaultRates.wasm.operationsPerSecond.special);
    expect(four.wasm.operationsPerSecond.special).toBeLessThan(4 * defaultRates.wasm.operationsPerSecond.special);
    expect(four.wasm.bytesPerSecond).toBe(defaultRates.wasm.bytesPerSecond);
    expect(four.webgpu).toEqual(defaultRates.webgpu);
  });
});

describe("checkCalibration", () => {
  const saved = { version: calibrationVersion, machine: { wasm: "simd, 1 thread" }, rates: defaultRates };

  test("takes what was saved as JSON", () => checkCalibration(JSON.parse(JSON.stringify(saved))));

  const withRates = (change: object) => ({ ...saved, rates: { ...defaultRates, ...change } });
  test.each([
    [undefined, "must be an object, got undefined"],
    [null, "must be an object, got null"],
    ["{}", "must be an object, got string"],
    [{}, "has version undefined"],
    [{ ...saved, version: 99 }, "has version 99"],
    [{ version: calibrationVersion }, "lacks rates"],
    [withRates({ wasm: undefined }), "lacks rates.wasm"],
    [withRates({ uploadBytesPerSecond: 0 }), "rates.uploadBytesPerSecond is 0, expected a positive number"],
    [withRates({ roundTripSeconds: Number.NaN }), "rates.roundTripSeconds is NaN"],
    [withRates({ downloadBytesPerSecond: Infinity }), "rates.downloadBytesPerSecond is Infinity"],
    [withRates({ webgpu: { ...defaultRates.webgpu, launchSeconds: "1" } }), "rates.webgpu.launchSeconds is 1"],
    [withRates({ webgpu: { ...defaultRates.webgpu, operationsPerSecond: {} } }), "operationsPerSecond.multiply-add is"],
  ])("refuses %j", (calibration, message) => {
    expect(() => checkCalibration(calibration)).toThrow(InputError);
    expect(() => checkCalibration(calibration)).toThrow(message);
  });
});
