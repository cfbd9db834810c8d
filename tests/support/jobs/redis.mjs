/** Debian's redis-server on a free port of this machine, keeping nothing on disk; it ends with whoever started it. */
import { spawn, spawnSync } from "node:child_process";
import { connect, createServer } from "node:net";

export const noRedis =
  spawnSync("redis-server", ["--version"]).status === 0
    ? undefined
    : "needs redis-server: apt-get install redis-server";

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** @returns url, command(...words) over the wire, kill() with -9, start() again on the same port */
export async function startRedis(...settings) {
  const port = await freePort();
  let child;
  const start = async () => {
    const quiet = ["--save", "", "--appendonly", "no", "--loglevel", "warning", "--dir", "/tmp"];
    child = spawn("redis-server", ["--port", String(port), "--bind", "127.0.0.1", ...quiet, ...settings], {
      stdio: "ignore",
    });
    while (!(await command("PING").catch(() => ""))) await new Promise((resolve) => setTimeout(resolve, 20));
  };
  const kill = () =>
    new Promise((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null) return resolve();
      child.once("exit", resolve);
      child.kill("SIGKILL");
    });
  const command = (...words) =>
    new Promise((resolve, reject) => {
      const socket = connect(port, "127.0.0.1", () => socket.write(`${words.join(" ")}\r\n`));
      socket.once("data", (data) => {
        socket.destroy();
        resolve(String(data));
      });
      socket.once("error", reject);
    });
  await start();
  return { url: `redis://127.0.0.1:${port}`, command, kill, start };
}
