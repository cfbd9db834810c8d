/** `wavefold unit` and `wavefold worker` as a scheduler sees them: files and exit codes. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, expect, test } from "vitest";
import { runSearch } from "../../src/jobs/index.js";
import { kinds } from "../support/jobs/kinds.mjs";

const folder = mkdtempSync(join(tmpdir(), "wavefold-unit-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function wavefold(...args: string[]) {
  const command = [resolve("dist/cli/wavefold.js"), ...args];
  const env = { ...process.env, NO_COLOR: "1", WAVEFOLD_REDIS: "" };
  return spawnSync(process.execPath, command, { cwd: folder, encoding: "utf8", env });
}

const module = ["--kinds", resolve("tests/support/jobs/kinds.mjs")];
const search = { kind: "test-box", params: { a: [-5, 5], b: [-5, 5] } };
const at = (name: string) => join(folder, name);

test("split, run and merge make the file of the search", async () => {
  writeFileSync(at("search.json"), JSON.stringify(search));
  expect(wavefold("unit", "split", "search.json", "--out", "units", "--parts", "2", ...module).status).toBe(0);
  const run = (i: number) =>
    wavefold("unit", "run", `units/unit-000${i}.json`, "--out", `units/result-${i}.json`, ...module);
  expect(run(0).status).toBe(0);
  const early = wavefold("unit", "merge", "units", ...module);
  expect(early.status).toBe(1);
  expect(early.stderr).toMatch(/^missing [0-9a-f]{64}$/m);
  expect(run(1).status).toBe(0);
  expect(wavefold("unit", "merge", "units", "--out", "found.json", ...module).status).toBe(0);
  expect(readFileSync(at("found.json"), "utf8")).toBe((await runSearch(kinds, search)).text);
});

test("a unit that was changed, or is of another version, ends with 64", () => {
  const text = readFileSync(at("units/unit-0000.json"), "utf8");
  for (const [from, to, message] of [
    ['"b":[-5,5]', '"b":[-5,6]', "its hash is another"],
    [/"engine":"[^"]*"/, '"engine":"0.0.9"', "is of engine 0.0.9"],
    ['"schema":1', '"schema":2', "has schema 2"],
    ["test-box", "test-hat", "no kind"],
    ["{", "", "is not JSON"],
  ] as const) {
    writeFileSync(at("bad.json"), text.replace(from, to));
    const { status, stderr } = wavefold("unit", "run", "bad.json", "--out", "bad-result.json", ...module);
    expect(stderr).toContain(message);
    expect(status).toBe(64);
  }
});

test("a unit that throws ends with 75", () => {
  writeFileSync(at("broken.json"), JSON.stringify({ kind: "test-broken", params: { count: 2 } }));
  wavefold("unit", "split", "broken.json", "--out", "broken", ...module);
  const codes = [0, 1].map(
    (i) => wavefold("unit", "run", `broken/unit-000${i}.json`, "--out", `broken/result-${i}.json`, ...module).status,
  );
  expect(codes.sort()).toEqual([0, 75]);
});

test.each([
  [["worker"], 2, "takes units from one place"],
  [["worker", "--redis", "redis://x", "--directory", "y"], 2, "takes units from one place"],
  [["worker", "--directory", "nowhere"], 1, "holds no search"],
  [["worker", "--redis", "http://x"], 1, "expected redis://"],
  [["worker", "--redis", "redis://:sesame@127.0.0.1:1"], 1, "redis://127.0.0.1:1/0: the queue is down"],
  [["worker", "--directory", "y", "--kinds", "nowhere.mjs"], 2, "--kinds nowhere.mjs"],
])("%j: exit code %i", (args, code, message) => {
  const { status, stderr } = wavefold(...args);
  expect(stderr).toContain(message);
  expect(stderr).not.toContain("sesame");
  expect(status).toBe(code);
});

test.each(["unit", "worker"])("%s --help shows an example", (name) => {
  expect(wavefold(name, "--help").stdout).toContain(`$ wavefold ${name}`);
});
