/**
 * WGSL without comments and needless white space. WGSL has no string literals, so everything from `//` on is a comment.
 * Lines that declare a constant or an alias keep their form: the engine's assembler looks for it.
 */
export function minifyWgsl(source) {
  const lines = source
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .split("\n")
    .map((line) => line.replace(/\/\/.*$/, "").trim())
    .filter((line) => line !== "");
  return lines.map((line) => (/^(const|alias)\b/.test(line) ? line : squeeze(line))).join("\n");
}

// Not around operators: `a - -b`, `a & &b` and `array<u32, 4> =` would read differently.
const squeeze = (line) => line.replace(/\s*([{}()[\],;:])\s*/g, "$1");
