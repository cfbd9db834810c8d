/** Where the software Vulkan drivers are on Debian, and the environment that makes a WebGPU implementation find them. */
import { existsSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const SWIFTSHADER = "/usr/lib/chromium/vk_swiftshader_icd.json";
const MESA_DRIVERS = "/usr/share/vulkan/icd.d";

/** For Dawn (Node): subgroups of 4, no f16. Undefined when the driver is not installed. */
export function swiftshaderEnvironment() {
  return existsSync(SWIFTSHADER) ? environment(SWIFTSHADER) : undefined;
}

/** For wgpu (Deno): f16, no subgroups. Dawn finds no adapter on it. */
export function lavapipeEnvironment() {
  if (!existsSync(MESA_DRIVERS)) return undefined;
  const driver = readdirSync(MESA_DRIVERS).find((name) => name.startsWith("lvp_icd"));
  return driver ? environment(join(MESA_DRIVERS, driver)) : undefined;
}

// Without a runtime directory the Vulkan loader prints a warning at every start.
const environment = (driver) => ({
  VK_ICD_FILENAMES: driver,
  XDG_RUNTIME_DIR: process.env.XDG_RUNTIME_DIR ?? tmpdir(),
});
