import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { launchChromium, noChromium } from "./chromium.js";
import { type StaticServerOptions, serve } from "./static-server.js";

const user = inject("userProject");
let browser: Browser | undefined;

beforeAll(async () => {
  copyFileSync("tests/hosts/scenario.mjs", join(user, "scenario.mjs"));
  writeFileSync(join(user, "index.html"), html);
  if (!noChromium) browser = await launchChromium();
});
afterAll(() => browser?.close());

// An import map stands in for a bundler: the package's private subpaths become the files that a web build would take.
const html = `<!doctype html><meta charset="utf-8"><title>user</title>
<script type="importmap">{ "imports": {
  "wavefold": "/node_modules/wavefold/dist/index.js",
  "#host": "/node_modules/wavefold/dist/backends/host/web.js",
  "#wasm/core": "/node_modules/wavefold/dist/kernels/core.web.js"
} }</script>
<script type="module">
  import * as wavefold from "wavefold";
  import { scenario } from "./scenario.mjs";
  globalThis.scenario = (options, on) => scenario(wavefold, options, on);
</script>`;

interface Report {
  readonly refused: string;
  readonly leaked: number;
  readonly isolated: boolean;
}

async function runInPage(server: StaticServerOptions, options = {}, on?: string): Promise<Report> {
  const { origin, close } = await serve(user, server);
  const page = await (browser as Browser).newPage();
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(error.message));
  try {
    await page.goto(`${origin}/index.html`);
    await page.waitForFunction("globalThis.scenario", undefined, { timeout: 20_000 }).catch((error: Error) => {
      throw new Error(`${error.message}: ${problems.join("; ")}`);
    });
    return await page.evaluate(
      async ([options, on]) => {
        type Scenario = (options: unknown, on: unknown) => Promise<Omit<Report, "isolated">>;
        const report = await (globalThis as unknown as { scenario: Scenario }).scenario(options, on);
        return { ...report, isolated: crossOriginIsolated };
      },
      [options, on] as const,
    );
  } finally {
    await page.close();
    await close();
  }
}

describe("a page in Chromium", () => {
  beforeEach(({ skip }) => skip(noChromium !== undefined, noChromium));
  const passed = { refused: "ShapeError E_SHAPE", leaked: 0 };

  test.each<[string, StaticServerOptions]>([
    ["as any server sends it", {}],
    ["cross-origin isolated", { isolated: true }],
    ["with a wrong MIME type for .wasm", { wasmType: "application/octet-stream" }],
    [
      "under script-src 'self' 'wasm-unsafe-eval'",
      { contentSecurityPolicy: "script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'" },
    ],
  ])("runs on WebAssembly %s", async (_, server) => {
    expect(await runInPage(server)).toMatchObject({ ...passed, isolated: server.isolated ?? false });
  });

  test("runs on WebGPU", async () => {
    expect(await runInPage({}, { webgpu: "software" }, "webgpu")).toMatchObject(passed);
  });
});
