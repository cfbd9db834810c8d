import { Command } from "commander";
import { afterEach, describe, expect, test, vi } from "vitest";
import { addIdentify } from "../../src/cli/commands/identify.js";
import { outcomeOf } from "../../src/cli/failure.js";

const written: string[] = [];
vi.mock("node:fs", async (original) => ({
  ...(await original<typeof import("node:fs")>()),
  writeFileSync: (_: number, text: string) => written.push(text),
}));
afterEach(() => written.splice(0));

/** What the command prints, and its exit code. */
async function run(...args: string[]): Promise<{ code: number; out: string; message: string }> {
  const program = new Command().exitOverride().configureOutput({ writeErr: () => {} });
  addIdentify(program);
  for (const command of program.commands) command.exitOverride().configureOutput({ writeErr: () => {} });
  try {
    await program.parseAsync(["identify", ...args], { from: "user" });
    return { code: 0, out: written.join(""), message: "" };
  } catch (error) {
    const { code, message = "" } = outcomeOf(error);
    return { code, out: written.join(""), message };
  }
}

describe("wavefold identify", () => {
  test("1.2020569...", async () => {
    const { code, out } = await run("1.2020569...");
    expect(code).toBe(0);
    expect(out).toMatch(/zeta\(3\).*6 digits used, 2 held out and met/);
  });
  test("--json has integers as strings", async () => {
    const { out } = await run("0.9507512829493799642092871757960351250480644", "--constant", "zeta(3)", "--json");
    const { status, matches } = JSON.parse(out);
    expect(status).toBe("identified");
    expect(matches[0]).toMatchObject({ num: ["8", "0"], den: ["0", "7"], constants: ["zeta(3)"] });
  });
  test("too few digits are an answer", async () => {
    expect(await run("1.20")).toMatchObject({ code: 0, out: expect.stringMatching(/^too few digits: 3 are certain/) });
  });
  test("nothing found is an answer", async () => {
    expect((await run("0.7264531982764519283746512")).out).toMatch(/nothing found in 25 digits/);
  });
  test("a negative number after --", async () => {
    expect((await run("--json", "--", "-1.61803398874989")).out).toContain("x^2+x-1");
  });
  test.each([
    [["abc"], /no constant or function/],
    [["1.2.3"], /expected decimal digits/],
    [["1.2020569", "--constant", "foo"], /foo/],
    [["1.2020569", "--max-coefficient", "many"], /maxCoefficient/],
    [["1.2020569", "--degree", "99"], /degree/],
    [[], /^$/],
  ])("%j is a usage error", async (args, message) => {
    const outcome = await run(...args);
    expect(outcome.code).toBe(2);
    expect(outcome.message).toMatch(message);
  });
});
