/** A progress bar on standard error, where it does not mix with the result; silent when that is not a terminal. */
import { SingleBar } from "cli-progress";

export interface Progress {
  update(done: number, label: string): void;
  stop(): void;
}

export function startProgress(total: number): Progress {
  if (!process.stderr.isTTY) return { update: () => {}, stop: () => {} };
  const bar = new SingleBar({
    format: "{bar} {label}",
    barsize: 28,
    hideCursor: true,
    clearOnComplete: true,
    stream: process.stderr,
  });
  bar.start(total, 0, { label: "" });
  return { update: (done, label) => bar.update(done, { label }), stop: () => bar.stop() };
}
