/** The peers that run on this host, each on one thread. */

/**
 * jax-js and tfjs take threads where they find a global Worker, which Node lacks until one of them defines it: it stays
 * undefined. A page that is not cross-origin isolated has one thread anyway.
 */
function keepToOneThread() {
  if (typeof process === "undefined") return;
  Object.defineProperty(globalThis, "Worker", { get: () => undefined, set: () => {}, configurable: true });
}

export async function loadPeers() {
  keepToOneThread();
  return [await import("./onnxruntime.mjs"), await import("./tfjs.mjs"), await import("./jax.mjs")];
}
