/** Makes a fresh clone ready: npm packages as the lockfile says, and the system packages that the GPU and page tests need. */
import { spawnSync } from "node:child_process";
import { existsSync, lstatSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./files.mjs";

/** Debian's names: the browser, its software Vulkan driver, the Vulkan loader, Mesa's driver (f16 through Deno), and the
 * queue, which tests start themselves on ports of their own. */
export const SYSTEM_PACKAGES = ["chromium", "chromium-common", "libvulkan1", "mesa-vulkan-drivers", "redis-server"];

/** Runs `npm ci` unless what is installed is what the lockfile says. */
export function ensureNodeModules() {
  if (installedMatchesLock()) return;
  const modules = join(root, "node_modules");
  if (existsSync(modules) && lstatSync(modules).isSymbolicLink()) {
    throw new Error("node_modules is a link and does not match package-lock.json: run `npm ci` where it points");
  }
  console.log("installing npm packages");
  // Under `npm test` this is the very npm that runs us; on Windows plain `npm` cannot be spawned without a shell.
  const npm = process.env.npm_execpath;
  const args = ["ci", "--no-audit", "--no-fund"];
  const { status } = npm
    ? spawnSync(process.execPath, [npm, ...args], { cwd: root, stdio: "inherit" })
    : spawnSync("npm", args, { cwd: root, stdio: "inherit", shell: process.platform === "win32" });
  if (status !== 0) throw new Error("npm ci failed");
}

function installedMatchesLock() {
  const hidden = join(root, "node_modules/.package-lock.json");
  if (!existsSync(hidden)) return false;
  const installed = JSON.parse(readFileSync(hidden, "utf8")).packages;
  const locked = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  return Object.entries(locked).every(([path, entry]) => {
    // Optional packages are those of other platforms.
    if (path === "" || (entry.optional && !installed[path])) return true;
    return installed[path]?.version === entry.version;
  });
}

/**
 * Installs the missing system packages where that is allowed, and otherwise prints the line to type. The tests that need
 * them report themselves as not run.
 */
export function ensureSystemPackages() {
  const missing = SYSTEM_PACKAGES.filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  const install = ["install", "-y", "--no-install-recommends", ...missing];
  if (process.getuid?.() === 0 && found("apt-get")) {
    console.log(`installing system packages: ${missing.join(", ")}`);
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    spawnSync("apt-get", ["update", "-q"], { stdio: "inherit", env });
    if (spawnSync("apt-get", install, { stdio: "inherit", env }).status === 0) return;
  }
  console.log(
    `The GPU and page tests need system packages:\n  sudo apt-get update && sudo apt-get ${install.join(" ")}`,
  );
}

function isInstalled(name) {
  const { status, stdout } = spawnSync("dpkg", ["-s", name], { encoding: "utf8" });
  return status === 0 && stdout.includes("install ok installed");
}

function found(command) {
  return spawnSync(command, ["--version"], { stdio: "ignore" }).status === 0;
}
