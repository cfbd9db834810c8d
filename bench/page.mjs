/** The suites in a page that is not cross-origin isolated, so everybody has one thread. Bundled and opened by lib/chromium.mjs. */
import { measure } from "./lib/measure.mjs";
import { loadPeers } from "./peers/index.mjs";
import * as attention from "./suites/attention.mjs";
import * as elementwise from "./suites/elementwise.mjs";
import * as matmul from "./suites/matmul.mjs";

const suites = { attention, elementwise, matmul };

globalThis.bench = async (name, rounds) =>
  measure(suites[name], { peers: await loadPeers(), rounds, relaxed: true, browser: true });
