/** Runs a suite in the system's Chromium: peers bundled, Wavefold as its own files behind an import map. */
import { mkdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { dirname, extname, join, normalize } from "node:path";
import { build } from "esbuild";
import { chromium } from "playwright-core";

const types = { ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm" };

const page = `<!doctype html><script type="importmap">{ "imports": {
  "wavefold": "/dist/index.js",
  "wavefold/l-mul": "/dist/systems/l-mul/index.js",
  "#wasm/": "/web-kernels/",
  "#host": "/dist/backends/host/web.js"
} }</script><script type="module" src="/bench/node_modules/.page/page.js"></script>`;

/** Serves the repository; `#wasm/core` is the web loader of the kernels. */
function serve(root) {
  const server = createServer(({ url = "/" }, response) => {
    const path = normalize(decodeURIComponent(new URL(url, "http://host").pathname));
    if (path === "/") return response.writeHead(200, { "content-type": "text/html" }).end(page);
    const file = path.startsWith("/web-kernels/") ? `/dist/kernels/${path.slice(13)}.web.js` : path;
    if (file !== path) return response.writeHead(302, { location: file }).end();
    try {
      const body = readFileSync(join(root, file));
      return response.writeHead(200, { "content-type": types[extname(file)] ?? "application/octet-stream" }).end(body);
    } catch {
      return response.writeHead(404).end();
    }
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

async function bundle(here) {
  mkdirSync(join(here, "node_modules/.page"), { recursive: true });
  await build({
    entryPoints: [join(here, "page.mjs")],
    outfile: join(here, "node_modules/.page/page.js"),
    bundle: true,
    format: "esm",
    external: ["wavefold", "wavefold/l-mul"],
    conditions: ["onnxruntime-web-use-extern-wasm"],
    define: { global: "globalThis" },
    platform: "browser",
    logLevel: "error",
  });
}

/** @returns the rows of the suite */
export async function runInChromium(here, suite, rounds) {
  await bundle(here);
  const server = await serve(dirname(here));
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-background-networking"],
  });
  try {
    const tab = await browser.newPage();
    tab.on("pageerror", (error) => console.error(`bench page: ${error.message}`));
    await tab.goto(`http://127.0.0.1:${server.address().port}/`);
    await tab.waitForFunction(() => typeof globalThis.bench === "function");
    return await tab.evaluate(([name, count]) => globalThis.bench(name, count), [suite, rounds]);
  } finally {
    await browser.close();
    server.close();
  }
}
