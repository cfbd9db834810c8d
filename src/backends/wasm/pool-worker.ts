/**
 * The script of one pool worker. It sleeps in Atomics.wait on the generation word, runs calls when woken, and goes back
 * to its event loop only when a new kernel group has been posted to it.
 */
import { argumentCapacity, argumentsOffset, drain, type KernelFunction, kernelTable, word } from "./pool-protocol.js";

export interface StartMessage {
  memory: WebAssembly.Memory;
  controlPtr: number;
}

export interface LoadMessage {
  index: number;
  module: WebAssembly.Module;
}

/** Wake-ups within a burst of calls come every few microseconds; sleeping costs tens. */
const spins = 2000;

let memory: WebAssembly.Memory;
let control: Int32Array;
let args: Float64Array;
let seen = 0;
const groups: KernelFunction[][] = [];

function onMessage(message: StartMessage | LoadMessage, reply: (message: unknown) => void): void {
  if ("memory" in message) {
    memory = message.memory;
    control = new Int32Array(memory.buffer, message.controlPtr, 16);
    args = new Float64Array(memory.buffer, message.controlPtr + argumentsOffset, argumentCapacity);
    seen = Atomics.load(control, word.generation);
  } else {
    const instance = new WebAssembly.Instance(message.module, { env: { memory } });
    groups[message.index] = kernelTable(instance.exports).functions;
    reply("loaded");
  }
  serve();
}

function serve(): void {
  while (Atomics.load(control, word.loads) === groups.length) {
    for (let i = 0; i < spins && Atomics.load(control, word.generation) === seen; i++);
    Atomics.wait(control, word.generation, seen);
    seen = Atomics.load(control, word.generation);
    // A group may have come while this thread slept, and the calls that woke it may be the group's: fetch it first.
    if (Atomics.load(control, word.loads) !== groups.length) return;
    Atomics.add(control, word.inside, 1);
    try {
      if (Atomics.load(control, word.open) === seen) drain(control, args, groups);
    } catch {
      Atomics.store(control, word.failed, 1);
    }
    if (Atomics.sub(control, word.inside, 1) === 1) Atomics.notify(control, word.inside);
  }
}

// Named through a variable, so that bundlers for the web do not try to resolve it.
const nodeThreads = "node:worker_threads";
const port = (globalThis as { process?: { versions?: { node?: string } } }).process?.versions?.node
  ? ((await import(/* @vite-ignore */ nodeThreads)) as typeof import("node:worker_threads")).parentPort
  : null;
if (port) port.on("message", (message) => onMessage(message, (reply) => port.postMessage(reply)));
else {
  const scope = globalThis as unknown as {
    onmessage: (event: MessageEvent) => void;
    postMessage(message: unknown): void;
  };
  scope.onmessage = (event) => onMessage(event.data, (reply) => scope.postMessage(reply));
}
