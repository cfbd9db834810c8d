/** The built command as a shell sees it: what it prints, where, and the exit code. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { readNpy, writeNpy } from "../../src/tensor/files/npy.js";
import { writeSafetensors } from "../../src/tensor/files/safetensors.js";

const folder = mkdtempSync(join(tmpdir(), "wavefold-cli-"));
afterAll(() => rmSync(folder, { recursive: true }));

function wavefold(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [resolve("dist/cli/wavefold.js"), ...args], {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1" },
  });
  return { status, stdout, stderr };
}

const commands = ["info", "calibrate", "explain", "tour", "bench", "lmul", "psi", "recurrence", "conjecture"];

describe("every subcommand", () => {
  test.each(commands)("%s --help shows an example", (name) => {
    const { status, stdout } = wavefold(name, "--help");
    expect(status).toBe(0);
    expect(stdout).toContain(`$ wavefold ${name}`);
  });

  test.each([
    [["nonsense"], "unknown command"],
    [["info", "--backend", "abacus"], "Allowed choices are wasm, webgpu"],
    [["info", "--threads", "0"], "expected a whole number, at least 1"],
    [["explain", "nonsense", "3x3"], "no operation nonsense; there are "],
    [["explain", "matmul", "3by3", "3x3"], "expected a shape such as 64x64"],
    [["explain", "matmul", "3x3:f7", "3x3"], "no dtype f7; there are f32"],
    [["tour", "--only", "nonsense"], "no stop nonsense; there are core"],
    [["bench", "nonsense"], "no bench for nonsense"],
    [["lmul", "multiply", "a.txt", "b.npy"], "expected a name ending in .npy or .safetensors"],
  ])("%j makes no sense: exit code 2", (args, message) => {
    const { status, stdout, stderr } = wavefold(...args);
    expect(status).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain(message);
  });
});

describe("answers", () => {
  test("info says why a thing is off", () => {
    const { status, stdout } = wavefold("info", "--json", "--deterministic");
    expect(status).toBe(0);
    const info = JSON.parse(stdout);
    expect(info.wasm.variant).toMatch(/^simd/);
    expect(info.wasm.relaxedSimdOff).toBeTruthy();
    expect(info.webgpu).toHaveProperty(info.webgpu.absent === undefined ? "features" : "absent");
  });

  test("explain gives the plan", () => {
    const { status, stdout } = wavefold("explain", "matmul", "64x64", "64x64", "--json");
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ op: "matmul", backend: "wasm" });
  });

  test("a call that the operation refuses is a failure that names the argument", () => {
    const { status, stderr } = wavefold("explain", "matmul", "64x64", "32x64");
    expect(status).toBe(1);
    expect(stderr).toContain("matmul: argument b has shape [32, 64]");
    expect(stderr).toContain("E_SHAPE");
  });

  test("calibrate saves what explain reads", () => {
    const saved = wavefold("calibrate", "-o", "rates.json", "--json");
    expect(saved.status).toBe(0);
    expect(JSON.parse(readFileSync(join(folder, "rates.json"), "utf8"))).toEqual(JSON.parse(saved.stdout));
    expect(wavefold("explain", "matmul", "8x8", "8x8", "--calibration", "rates.json").status).toBe(0);
  });
});

describe("files", () => {
  const matrix = (values: number[]) => ({ shape: [2, 2], dtype: "f32" as const, bits: Float32Array.from(values) });
  writeFileSync(join(folder, "a.npy"), writeNpy(matrix([5, 3, 1, 2])));
  writeFileSync(join(folder, "b.npy"), writeNpy(matrix([5, 4, 1, 8])));
  writeFileSync(
    join(folder, "two.safetensors"),
    writeSafetensors(
      new Map([
        ["x", matrix([5, 3, 1, 2])],
        ["y", matrix([1, 1, 1, 1])],
      ]),
    ),
  );
  writeFileSync(join(folder, "broken.npy"), "not an array");

  test.each([
    [["lmul", "multiply", "missing.npy", "b.npy"], 1, "missing.npy does not exist"],
    [["lmul", "multiply", "broken.npy", "b.npy"], 1, "broken.npy: "],
    [["lmul", "multiply", "two.safetensors", "b.npy"], 2, "name one as two.safetensors:NAME (x, y)"],
    [["lmul", "multiply", "two.safetensors:z", "b.npy"], 2, 'has no tensor "z"'],
    [["info", "--calibration", "broken.npy"], 1, "broken.npy is not a saved calibration"],
    [["info", "--calibration", "missing.json"], 1, "missing.json does not exist"],
    [["calibrate", "-o", "."], 1, ".: EISDIR"],
    [["lmul", "multiply", "a.npy", "b.npy", "-o", "nowhere/c.npy"], 1, "nowhere/c.npy does not exist"],
    [["tour", "--report", "."], 1, ".: EISDIR"],
  ])("%j: exit code %i", (args, code, message) => {
    const { status, stderr } = wavefold(...args);
    expect(status).toBe(code);
    expect(stderr).toContain(message);
  });

  test("multiplies, writes and says what it wrote", () => {
    const { status, stdout, stderr } = wavefold("lmul", "multiply", "a.npy", "b.npy", "-o", "c.npy", "--json");
    expect(status).toBe(0);
    expect(stderr).toContain("wrote c.npy");
    expect(JSON.parse(stdout)).toEqual({ shape: [2, 2], dtype: "f32" });
    // 5 * 5, 3 * 4, 1 * 1 and 2 * 8 in the sheet of the paper's rule.
    expect(Array.from(readNpy(readFileSync(join(folder, "c.npy"))).bits)).toEqual([25, 12.5, 1.0625, 17]);
  });

  test("shows the error by mantissa width", () => {
    const { status, stdout } = wavefold("lmul", "error", "a.npy", "b.npy", "--k", "3", "--json");
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject([{ k: 3, count: 4 }]);
  });
});
