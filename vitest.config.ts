import { defineConfig } from "vitest/config";
import { swiftshaderEnvironment } from "./src/cli/software-adapter.ts";
import SummaryReporter from "./tests/support/summary-reporter.ts";

const gpu = process.env.WAVEFOLD_TEST_GPU === "1";

// Set here, before any worker starts: the Vulkan loader reads the environment of the process it is loaded into.
if (!gpu) Object.assign(process.env, swiftshaderEnvironment() ?? {});

// Node 20 has relaxed SIMD behind a flag that later versions do not know any more.
const execArgv = process.versions.node.startsWith("20.") ? ["--experimental-wasm-relaxed-simd"] : [];

// Times are only a net for what hangs: a machine under load is many times slower than an idle one.
// One process per file: Dawn may not be loaded into two threads of one process.
const shared = { pool: "forks", execArgv, testTimeout: 240_000, hookTimeout: 240_000 } as const;

const projects = [
  { name: "structure", include: ["tests/structure/**/*.test.ts"] },
  { name: "unit", include: ["tests/**/*.test.ts"], exclude: ["tests/{structure,hosts,gpu}/**"] },
  { name: "hosts", include: ["tests/hosts/**/*.test.ts"], globalSetup: "tests/hosts/install-package.ts" },
];
const gpuProjects = [
  { name: "unit", include: ["tests/{ops,systems}/**/*.test.ts"] },
  { name: "gpu", include: ["tests/gpu/**/*.test.ts"] },
];

export default defineConfig({
  test: {
    maxWorkers: 2,
    reporters: ["default", new SummaryReporter()],
    projects: (gpu ? gpuProjects : projects).map((project) => ({ test: { ...shared, ...project } })),
  },
});
