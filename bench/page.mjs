/** The suites in a page that is not cross-origin isolated, so everybody has one thread. Bundled and opened by lib/chromium.mjs. */
import { measure } from "./lib/measure.mjs";
import { loadPeers } from "./peers/index.mjs";
import * as attention from "./suites/attention.mjs";
import * as elementwise from "./suites/elementwise.mjs";
import * as exact from "./suites/exact.mjs";
import * as lMul from "./suites/l-mul.mjs";
import * as matmul from "./suites/matmul.mjs";
import * as scan from "./suites/scan.mjs";

const suites = { attention, elementwise, exact, "l-mul": lMul, matmul, scan };

globalThis.bench = async (name, rounds) => {
  const suite = suites[name];
  return measure(suite, { peers: suite.alone ? [] : await loadPeers(), rounds, relaxed: true, browser: true });
};
