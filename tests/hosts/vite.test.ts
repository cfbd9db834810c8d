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
  globalThis.ask = (options) => new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => (data.error ? reject(new Error(data.error)) : resolve(data.report));
    worker.onerror = (event) => reject(new Error(event.message));
    worker.postMessage(options);
  });
</script>`;

const worker = `import * as wavefold from "wavefold";
import { scenario } from "./scenario.mjs";
onmessage = async ({ data }) => {
  try {
    postMessage({ report: await scenario(wavefold, data) });
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

test.each([true, false])("a worker of a Vite page runs the engine; isolated: %s", async (isolated) => {
  const { origin, close } = await serve(join(app, "dist"), { isolated });
  const browser = await launchChromium();
  try {
    const tab = await browser.newPage();
    await tab.goto(`${origin}/index.html`);
    type Ask = (options: object) => Promise<{ wasm: string }>;
    const report = await tab.evaluate(() => (globalThis as unknown as { ask: Ask }).ask({ threads: 2 }));
    expect(report).toMatchObject({ refused: "ShapeError E_SHAPE", leaked: 0 });
    expect(report.wasm).toContain(isolated ? "2 threads" : "1 thread");
  } finally {
    await browser.close();
    await close();
  }
});
