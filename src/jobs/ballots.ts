/** How many equal results make a result: one, or a quorum of runs of which no two are of one worker. */
import { canonicalJson, type Json } from "./canonical.js";
import { sha256 } from "./sha256.js";
import type { Delivery } from "./transport.js";

/** A run whose result differs from the majority's. */
export interface Mismatch {
  readonly key: string;
  readonly worker: string;
  readonly resultHash: string;
  /** Undefined while, or because, no result has a majority. */
  readonly majorityHash: string | undefined;
}

interface Vote {
  readonly run: number;
  readonly worker: string;
  readonly hash: string;
  readonly result: Json;
}

/** What is to be done with a unit now. */
export type Verdict =
  | { readonly state: "accepted"; readonly result: Json; readonly worker: string }
  | { readonly state: "open"; readonly run: number; readonly exclude: readonly string[] }
  | { readonly state: "split" };

export class Ballots {
  readonly #votes = new Map<string, Vote[]>();
  readonly #quorum: number;

  /** @param quorum equal results that are needed */
  constructor(quorum: number) {
    this.#quorum = quorum;
  }

  /** Counts a result; the same run twice counts once. */
  cast({ key, run, worker, result }: Delivery): void {
    const votes = this.votesOf(key);
    if (votes.some((vote) => vote.run === run)) return;
    votes.push({ run, worker, result: result as Json, hash: sha256(canonicalJson(result)) });
    this.#votes.set(key, votes);
  }

  verdict(key: string): Verdict {
    const votes = this.votesOf(key);
    const winner = votes.find(({ hash }) => votes.filter((vote) => vote.hash === hash).length >= this.#quorum);
    if (winner) return { state: "accepted", result: winner.result, worker: winner.worker };
    // Two runs that differ get a third; with no majority after that, and one more per seat, somebody must look.
    if (votes.length >= 2 * this.#quorum) return { state: "split" };
    const run = votes.reduce((highest, vote) => Math.max(highest, vote.run), 0) + 1;
    return { state: "open", run, exclude: votes.map(({ worker }) => worker) };
  }

  /** All runs that lost, or found no majority. */
  mismatches(): Mismatch[] {
    return [...this.#votes].flatMap(([key, votes]) => {
      if (new Set(votes.map(({ hash }) => hash)).size < 2) return [];
      const verdict = this.verdict(key);
      const accepted = verdict.state === "accepted" ? sha256(canonicalJson(verdict.result)) : undefined;
      return votes
        .filter(({ hash }) => hash !== accepted)
        .map(({ worker, hash }) => ({ key, worker, resultHash: hash, majorityHash: accepted }));
    });
  }

  votesOf(key: string): Vote[] {
    return this.#votes.get(key) ?? [];
  }
}
