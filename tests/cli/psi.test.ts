/** `wavefold psi` as a shell sees it. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { readPsiFile } from "../../src/systems/moduli-space/table-file.js";
import { readNpy } from "../../src/tensor/files/npy.js";

const folder = mkdtempSync(join(tmpdir(), "wavefold-psi-"));
afterAll(() => rmSync(folder, { recursive: true }));

function run(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [resolve("dist/cli/wavefold.js"), "psi", ...args], {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1" },
  });
  return { status, stdout: stdout.trim(), stderr };
}

describe("one number", () => {
  test.each([
    [["3", "2", "1", "1"], "29/288"],
    [["3", "2", "1", "1", "--genus", "2", "--method", "resolvent"], "29/288"],
    [["4", "--format", "sage"], "QQ(1/1152)"],
    [["4", "--genus", "3"], "0"],
    [["3", "2", "--check"], "29/5760\nevery equation that applies holds"],
  ])("%j", (args, expected) => {
    const { status, stdout } = run(...args);
    expect([status, stdout]).toEqual([0, expected]);
  });

  test("as JSON, with the series of large genus", () => {
    const { stdout } = run("10", "10", "10", "--asymptotics", "--json");
    const answer = JSON.parse(stdout);
    expect(answer).toMatchObject({ d: [10, 10, 10], numerator: "682434427273", denominator: "239904444829170401280" });
    expect(answer.asymptotics.factorial.exact).toBeCloseTo(0.9570711383, 9);
  });

  test.each([
    [["3", "-1"], 2, 'entry "-1" is not a whole number'],
    [["x"], 2, 'entry "x" is not a whole number'],
    [[], 2, "name the entries"],
    [["4", "--method", "magic"], 2, "Allowed choices are auto"],
    [["5", "--strict"], 1, "argument d sums to 5"],
    [["0", "0", "--genus", "0"], 1, "is not stable"],
    [["--table", "5"], 2, "--table needs --out"],
    [["--table", "5", "--out", "numbers.xml"], 2, "expected a name ending in .psi, .csv, .jsonl or .npy"],
    [["--table", "5", "--out", "numbers.npy"], 2, "add --values log"],
    [["--table", "61", "--out", "numbers.csv"], 1, "beyond the limit of 60"],
    [["--table", "5", "--out", "no/where.csv"], 1, "no/where.csv.part does not exist"],
    [["--check", "missing.psi"], 1, "missing.psi does not exist"],
  ])("%j fails", (args, code, message) => {
    const { status, stdout, stderr } = run(...args);
    expect(stderr).toContain(message);
    expect([status, stdout]).toEqual([code, ""]);
  });
});

describe("tables", () => {
  test("a binary table checks, and a run that was cut short goes on where it stopped", () => {
    expect(run("--table", "8", "--out", "a.psi").stdout).toBe("wrote 225 numbers in 28 rows to a.psi");
    expect(existsSync(join(folder, "a.psi.part"))).toBe(false);
    expect(run("--check", "a.psi").stdout).toBe("225 numbers: every equation that applies holds");
    const whole = readFileSync(join(folder, "a.psi"));
    writeFileSync(join(folder, "b.psi.part"), whole);
    truncateSync(join(folder, "b.psi.part"), whole.length >> 1);
    const { stdout, stderr } = run("--table", "8", "--out", "b.psi");
    expect(stdout).toBe("wrote 225 numbers in 28 rows to b.psi");
    expect(stderr).toMatch(/kept \d+ rows of an interrupted run/);
    expect(readFileSync(join(folder, "b.psi"))).toEqual(whole);
  });

  test("damaged and foreign files are failures that name the file", () => {
    run("--table", "5", "--out", "c.psi");
    const bytes = readFileSync(join(folder, "c.psi"));
    const rows = readPsiFile(bytes).rows.length;
    expect(rows).toBeGreaterThan(5);
    bytes[60]! ^= 1;
    writeFileSync(join(folder, "c.psi"), bytes);
    expect(run("--check", "c.psi")).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("c.psi: readPsiFile: argument file is damaged"),
    });
    writeFileSync(join(folder, "d.psi"), "hello");
    expect(run("--check", "d.psi").stderr).toContain("does not start with WFPSI");
    run("--table", "6", "--values", "log", "--out", "e.psi");
    expect(run("--check", "e.psi").stderr).toContain("holds logarithms");
    writeFileSync(join(folder, "f.psi.part"), readFileSync(join(folder, "e.psi")));
    expect(run("--table", "5", "--out", "f.psi").stderr).toContain("is the unfinished table of chi 6 (log)");
  });

  test("text and array forms hold the same numbers", () => {
    expect(run("--table", "4", "--out", "g.csv").stdout).toContain("wrote ");
    const lines = readFileSync(join(folder, "g.csv"), "utf8").trim().split("\n");
    expect(lines[0]).toBe("genus,points,entries,value");
    expect(lines).toContain("2,2,3 2,29/5760");
    run("--table", "4", "--out", "g.jsonl");
    expect(readFileSync(join(folder, "g.jsonl"), "utf8").trim().split("\n")).toHaveLength(lines.length - 1);
    run("--table", "4", "--values", "log", "--out", "g.npy");
    expect(readNpy(readFileSync(join(folder, "g.npy"))).shape).toEqual([lines.length - 1, 9]);
  });
});
