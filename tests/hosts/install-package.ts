/**
 * Global set-up of the host tests: packs the package from a clean copy of the tree, as a publisher would, and installs the
 * tarball into an empty project, as a user would. The tests import that and never the working tree.
 */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  export interface ProvidedContext {
    /** The user's project: has node_modules/wavefold. */
    readonly userProject: string;
    /** The packed tarball. */
    readonly tarball: string;
  }
}

export default function setup(project: TestProject) {
  const work = mkdtempSync(join(tmpdir(), "wavefold-hosts-"));
  const tree = join(work, "tree");
  copyTree(tree);
  npm(tree, "pack", "--pack-destination", work);
  const tarball = join(work, readdirSync(work).find((name) => name.endsWith(".tgz")) as string);
  const userProject = join(work, "user");
  mkdirSync(userProject);
  writeFileSync(join(userProject, "package.json"), JSON.stringify({ name: "user", private: true, type: "module" }));
  npm(userProject, "install", "--offline", tarball);
  project.provide("userProject", userProject);
  project.provide("tarball", tarball);
  return () => rmSync(work, { recursive: true, force: true });
}

/** What git tracks or would track: no build output, no leftovers. */
function copyTree(target: string) {
  const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    encoding: "utf8",
  });
  const ours = /^(src|assembly|shaders|scripts)\/|^[^/]+$/;
  for (const file of listed.split("\0").filter((name) => ours.test(name) && name !== "node_modules")) {
    mkdirSync(dirname(join(target, file)), { recursive: true });
    cpSync(file, join(target, file));
  }
  symlinkSync(resolve("node_modules"), join(target, "node_modules"));
}

function npm(cwd: string, ...args: string[]) {
  const [command, prefix] = process.env.npm_execpath ? [process.execPath, [process.env.npm_execpath]] : ["npm", []];
  const env = {
    ...process.env,
    npm_config_audit: "false",
    npm_config_fund: "false",
    npm_config_update_notifier: "false",
  };
  execFileSync(command, [...prefix, "--loglevel=error", ...args], {
    cwd,
    env,
    stdio: ["ignore", "ignore", "inherit"],
    timeout: 600_000,
  });
}
