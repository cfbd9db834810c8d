/** Edge runtimes (workerd, edge-light): one thread, no WebGPU. */
import type { Host } from "./contract.js";

export const host: Host = {
  name: "edge",
  parallelism: () => 1,
  gpu: async () => ({ reason: "edge runtimes have no WebGPU" }),
};
