/**
 * A page built with Vite, whose engine runs in a web worker: the one place in a browser where it may block, and so the one
 * where it has threads (given cross-origin isolation).
 */
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "vite";
import { beforeAll, beforeEach, expect, inject, test } from "vitest";
import { launchChromium, noChromium } from "./chromium.js";
import { serve } from "./static-server.js";

const app = join(inject("userProject"), "vite-app");

const page = `<!doctype html><meta charset="utf-8"><title>user</title><script type="module">
  const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
  globalThis.ask = (options, on) => new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => (data.error ? reject(new Error(data.error)) : resolve(data.report));
    worker.onerror = (event) => reject(new Error(event.message));
    worker.postMessage({ options, on });
  });
</script>`;

const worker = `import * as wavefold from "wavefold";
import { scenario } from "./scenario.mjs";
onmessage = async ({ data }) => {
  try {
    postMessage({ report: await scenario(wavefold, data.options, data.on) });
  } catch (error) {
    postMessage({ error: String(error.stack ?? error) });
  }
};`;

beforeAll(async () => {
  mkdirSync(app, { recursive: true });
  copyFileSync("tests/hosts/scenario.mjs", join(app, "scenario.mjs"));
  writeFileSync(join(app, "index.html"), page);
  writeFileSync(join(app, "worker.js"), worker);
  // Workers as modules, since the package's own worker has top-level await.
  await build({ root: app, base: "./", logLevel: "error", configFile: false, worker: { format: "es" } });
});

beforeEach(({ skip }) => skip(noChromium !== undefined, noChromium));

type Report = Record<"wasm" | "webgpu" | "refused" | "leaked", unknown>;

async function runInWorker(server: { isolated: boolean }, options: object, on?: string): Promise<Report> {
  const { origin, close } = await serve(join(app, "dist"), server);
  const browser = await launchChromium();
  try {
    const tab = await browser.newPage();
    await tab.goto(`${origin}/index.html`);
    type Ask = (options: object, on?: string) => Promise<Report>;
    return await tab.evaluate(([options, on]) => (globalThis as unknown as { ask: Ask }).ask(options, on), [
      options,
      on,
    ] as const);
  } finally {
    await browser.close();
    await close();
  }
}

const passed = { refused: "ShapeError E_SHAPE", leaked: 0 };

test.each([true, false])("a worker of a Vite page runs the engine; isolated: %s", async (isolated) => {
  const report = await runInWorker({ isolated }, { threads: 2 });
  expect(report).toMatchObject(passed);
  expect(report.wasm).toContain(isolated ? "2 threads" : "1 thread");
});

test("a worker of a Vite page finds the shaders where the build has put them", async () => {
  const report = await runInWorker({ isolated: false }, { webgpu: "software" }, "webgpu");
  expect(report).toMatchObject(passed);
  expect(report.webgpu).toBeTruthy();
});
