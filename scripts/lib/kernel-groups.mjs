/**
 * Which families of `assembly/` make up which binary, and where each binary keeps its static data.
 *
 * All groups live in the engine's one memory. The compiler starts every module's statics at the same address unless told
 * otherwise, so each group owns a window; the build fails when a group outgrows it. The engine's heap begins at WINDOWS_END.
 */
export const KERNEL_GROUPS = {
  core: {
    families: ["elementwise", "reduce", "normalize", "movement", "random", "cast", "matmul", "attention"],
    base: 1024,
    end: 16384,
  },
  "l-mul": { families: ["l-mul"], base: 16384, end: 49152 },
  recurrence: { families: ["recurrence"], base: 49152, end: 57344 },
  scan: { families: ["scan"], base: 57344, end: 60416 },
  "matrix-fields": { families: ["matrix-fields"], base: 60416, end: 61440 },
  lightnet: { families: ["lightnet"], base: 61440, end: 64000 },
  "recurrence-search": { families: ["recurrence-search"], base: 64000, end: 64512 },
  exact: { families: ["exact"], base: 64512, end: 65024 },
  "moduli-space": { families: ["moduli-space"], base: 65024, end: 65280 },
};

export const WINDOWS_END = 65536;

/** The binaries built from one source. The names are the targets of asconfig.json. */
export const VARIANTS = ["simd", "relaxed", "simd-threads", "relaxed-threads"];
