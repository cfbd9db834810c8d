/** package.json says what the package holds; this holds it to that. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { KERNEL_GROUPS, VARIANTS, WINDOWS_END } from "../../scripts/lib/kernel-groups.mjs";

interface Manifest {
  readonly exports: Record<string, string | { readonly types: string; readonly default: string }>;
  readonly imports: Record<string, Record<string, string>>;
  readonly dependencies?: Record<string, string>;
  readonly peerDependenciesMeta: Record<string, { readonly optional: boolean }>;
}

const manifest = JSON.parse(readFileSync("package.json", "utf8")) as Manifest;

describe("package.json", () => {
  test("has an entry for every system", () => {
    const systems = readdirSync("src/systems", { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const entry = (name: string) => ({
      types: `./dist/systems/${name}/index.d.ts`,
      default: `./dist/systems/${name}/index.js`,
    });
    for (const { name } of systems) expect(manifest.exports[`./${name}`], name).toEqual(entry(name));
  });

  test("asks for nothing at run time but optional peers", () => {
    expect(manifest.dependencies).toBeUndefined();
    const optional = { optional: true };
    expect(manifest.peerDependenciesMeta).toEqual({ bullmq: optional, ioredis: optional, webgpu: optional });
  });

  test.each(Object.entries(manifest.imports))("%s names types first and a default last", (_, conditions) => {
    const names = Object.keys(conditions);
    expect(names[0]).toBe("types");
    expect(names.at(-1)).toBe("default");
    // Bun and Deno also answer to "node": what is meant for them must come before it.
    expect(names.indexOf("deno")).toBeLessThan(names.indexOf("node"));
  });

  test("the lockfile names no download address", () => {
    expect(readFileSync("package-lock.json", "utf8")).not.toContain('"resolved"');
  });
});

describe("kernel groups", () => {
  test("own windows of static memory that do not overlap", () => {
    const windows = Object.values(KERNEL_GROUPS).sort((a, b) => a.base - b.base);
    const ends = windows.map(({ end }) => end);
    expect(windows.slice(1).every(({ base }, i) => base >= (ends[i] as number))).toBe(true);
    expect(ends.at(-1)).toBeLessThanOrEqual(WINDOWS_END);
  });

  test.each(Object.keys(KERNEL_GROUPS))(
    "%s imports the memory and nothing else, shared in the threads variants",
    (name) => {
      for (const variant of VARIANTS) {
        const bytes = readFileSync(`dist/kernels/${name}.${variant}.wasm`);
        if (!WebAssembly.validate(bytes)) continue;
        const module = new WebAssembly.Module(bytes);
        const imports = WebAssembly.Module.imports(module).map((entry) => `${entry.module}.${entry.name}`);
        expect(imports.every((entry) => entry === "env.memory")).toBe(true);
        const shared = variant.endsWith("threads");
        const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536, shared });
        const wrong = new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: !shared });
        expect(() => new WebAssembly.Instance(module, { env: { memory } })).not.toThrow();
        if (imports.length) expect(() => new WebAssembly.Instance(module, { env: { memory: wrong } })).toThrow();
      }
    },
  );
});
