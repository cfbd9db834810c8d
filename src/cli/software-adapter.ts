/**
 * Where Debian keeps the software Vulkan drivers, and the environment that makes a WebGPU implementation find them. The
 * Vulkan loader reads it when the first adapter is asked for, so it may be set in a running process.
 */
import { existsSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const swiftshader = "/usr/lib/chromium/vk_swiftshader_icd.json";
const mesaDrivers = "/usr/share/vulkan/icd.d";

export type DriverEnvironment = Readonly<Record<"VK_ICD_FILENAMES" | "XDG_RUNTIME_DIR", string>>;

/** For Dawn (Node): subgroups of 4, no f16. Undefined when the driver is not installed. */
export function swiftshaderEnvironment(): DriverEnvironment | undefined {
  return existsSync(swiftshader) ? environment(swiftshader) : undefined;
}

/** For wgpu (Deno): f16, no subgroups. Dawn finds no adapter on it. */
export function lavapipeEnvironment(): DriverEnvironment | undefined {
  if (!existsSync(mesaDrivers)) return undefined;
  const driver = readdirSync(mesaDrivers).find((name) => name.startsWith("lvp_icd"));
  return driver ? environment(join(mesaDrivers, driver)) : undefined;
}

/** What to type where the drivers are missing. */
export const softwareAdapterInstall = "sudo apt-get install chromium-common libvulkan1";

// Without a runtime directory the Vulkan loader prints a warning at every start.
const environment = (driver: string): DriverEnvironment => ({
  VK_ICD_FILENAMES: driver,
  XDG_RUNTIME_DIR: process.env.XDG_RUNTIME_DIR ?? tmpdir(),
});
