/**
 * How a Redis or Valkey is reached. `bullmq` and `ioredis` are optional peers, loaded when a queue is first used. A password
 * is in the URL or the environment and never in a message: addresses are shown without it, and errors pass through `hide`.
 */
import { readFileSync } from "node:fs";
import { InputError } from "../../backends/contract.js";
import { QueueError } from "../errors.js";
import type { QueueAddress } from "./address.js";

export interface Packages {
  readonly bullmq: typeof import("bullmq");
  readonly ioredis: typeof import("ioredis");
}

/** @throws QueueError with the line to type when a package is missing */
export async function loadPackages(): Promise<Packages> {
  // The names are variables so that bundlers of pages leave them alone.
  const [bullmq, ioredis] = ["bullmq", "ioredis"];
  try {
    return { bullmq: await import(/* @vite-ignore */ bullmq), ioredis: await import(/* @vite-ignore */ ioredis) };
  } catch (error) {
    const line = "a queue needs two packages that are not installed: npm install bullmq ioredis";
    throw new QueueError("queue", line, { cause: error });
  }
}

export interface RedisSettings {
  readonly host: string;
  readonly port: number;
  readonly db: number;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: { readonly servername: string; readonly ca?: string };
  readonly maxRetriesPerRequest: null;
  readonly retryStrategy: (times: number) => number;
}

export interface Connection {
  /** What bullmq and ioredis take. */
  readonly options: RedisSettings;
  /** The address for people: no user, no password. */
  readonly shown: string;
  /** A text without the password, in whatever spelling. */
  hide(text: string): string;
}

/** @throws InputError for an address that is none */
export function connectionOf({ url, ca }: QueueAddress): Connection {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    throw notAnAddress("cannot be read as a URL");
  }
  const { protocol, hostname, port, username, password, pathname } = parsed;
  if (protocol !== "redis:" && protocol !== "rediss:") throw notAnAddress(`begins with ${protocol}`);
  const db = pathname.slice(1) || "0";
  if (!hostname || !/^\d{1,5}$/.test(db)) throw notAnAddress(hostname ? "has no whole number after /" : "has no host");
  const plain = decodeURIComponent(password);
  const host = hostname.replace(/^\[|\]$/g, "");
  return {
    options: {
      host,
      port: Number(port || 6379),
      db: Number(db),
      ...(username ? { username: decodeURIComponent(username) } : {}),
      ...(password ? { password: plain } : {}),
      ...(protocol === "rediss:" ? { tls: { servername: host, ...(ca ? { ca: readFileSync(ca, "utf8") } : {}) } } : {}),
      // A command waits for the connection to come back instead of failing after so many tries.
      maxRetriesPerRequest: null,
      retryStrategy: (times) => Math.min(100 * times, 2000),
    },
    shown: `${protocol}//${hostname}:${port || 6379}/${db}`,
    hide: (text) => [plain, password].filter(Boolean).reduce((rest, secret) => rest.replaceAll(secret, "***"), text),
  };
}

const notAnAddress = (problem: string) =>
  new InputError("queue", "url", `${problem}; expected redis://host:port or rediss://host:port`);

/** Tries the address before anything waits on it. @throws QueueError when nobody answers, or it refuses */
export async function probe({ ioredis }: Packages, connection: Connection, attempts = 5): Promise<void> {
  const { options, shown, hide } = connection;
  let last = "no answer";
  const client = new ioredis.Redis({
    ...options,
    lazyConnect: true,
    maxRetriesPerRequest: attempts,
    retryStrategy: (times) => (times >= attempts ? null : Math.min(50 * times, 1000)),
  });
  client.on("error", (error: Error) => {
    last = (error as Error & { code?: string }).code ?? error.message;
  });
  try {
    // Not connect(): that one fails with the first try, whatever the strategy of retries says.
    await client.ping();
  } catch (error) {
    const reason = /closed/i.test((error as Error).message) ? last : (error as Error).message;
    throw new QueueError(shown, `the queue is down or refuses: ${hide(reason)}`);
  } finally {
    client.disconnect();
  }
}
