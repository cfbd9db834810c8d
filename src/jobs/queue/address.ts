/** Where a queue is, and how patient its users are. Without any type of the optional packages: it is part of the public face. */
export interface QueueAddress {
  /** redis://[user:password@]host[:port][/db], or rediss:// for TLS. */
  readonly url: string;
  /** Name of the queue: searches that run at once have names of their own. "wavefold" unless told. */
  readonly name?: string;
  /** File of a certificate authority, for TLS with a certificate of one's own. */
  readonly ca?: string;
  /** Milliseconds that a unit stays a worker's without news of it: 30000 unless told. */
  readonly lockDuration?: number;
  /** Milliseconds between looks into the queue of results: 200 unless told. */
  readonly pollMs?: number;
  /** Milliseconds after which missing units are offered again, in case Redis forgot them: 5000 unless told. */
  readonly offerMs?: number;
  /** How often a first connection is tried before the queue counts as down: 5 unless told. Later losses are waited out. */
  readonly attempts?: number;
}
