/**
 * The only place that chooses a backend. Pure: the same facts give the same choice, and the choice explains itself.
 *
 * For each backend that can run the call, the estimate is
 *   launches * launch cost + max(bytes / bandwidth, operations / rate) + what must move first
 * and the smallest wins. Data on the other side is counted at the transfer rate plus a round trip for reading back,
 * which is what keeps a chain of operations on the GPU once its data is there. A GPU result of CPU data is counted
 * with its way back, because that is where it will be looked at.
 */
import { type BackendName, UnsupportedError } from "../backends/contract.js";
import type { Work } from "./operation.js";
import type { Rates } from "./rates.js";

export interface CandidateFacts {
  readonly backend: BackendName;
  /** Build variant or shader variant, for people. */
  readonly variant: string;
  /** Why this backend cannot run the call. */
  readonly unsupported?: string | undefined;
  /** Why it is not taken unless asked for by name (a software adapter). */
  readonly notByItself?: string | undefined;
}

export interface PlanFacts {
  readonly op: string;
  readonly work: Work;
  readonly candidates: readonly CandidateFacts[];
  /** Bytes of inputs whose only copy is in WebAssembly memory, and on the GPU. */
  readonly wasmOnlyBytes: number;
  readonly gpuOnlyBytes: number;
  readonly outputBytes: number;
  readonly rates: Rates;
  /** The call's own word: there or nowhere. */
  readonly forced?: BackendName | undefined;
  /** The engine's word for this operation or for all: there if it can be. */
  readonly preferred?: BackendName | undefined;
}

export interface Estimate {
  readonly launchSeconds: number;
  readonly computeSeconds: number;
  readonly transferSeconds: number;
  readonly totalSeconds: number;
  /** What bounds the compute part. */
  readonly boundBy: "bytes" | "operations";
}

export interface PlannedCandidate extends CandidateFacts {
  readonly estimate: Estimate;
}

export interface Plan {
  readonly op: string;
  readonly backend: BackendName;
  readonly variant: string;
  readonly why: string;
  readonly candidates: readonly PlannedCandidate[];
}

/** @throws UnsupportedError when no backend, or not the forced one, can run the call. */
export function plan(facts: PlanFacts): Plan {
  const { candidate, why } = choose(facts);
  const candidates = facts.candidates.map((each) => ({ ...each, estimate: estimate(each.backend, facts) }));
  const chosen = candidates[facts.candidates.indexOf(candidate)] as PlannedCandidate;
  return {
    op: facts.op,
    backend: chosen.backend,
    variant: chosen.variant,
    why: why ?? reasonFor(chosen, candidates),
    candidates,
  };
}

/** The choice alone, for a call that nobody asks to explain. @throws UnsupportedError as `plan` */
export function chooseBackend(facts: PlanFacts): BackendName {
  return choose(facts).candidate.backend;
}

interface Choice {
  readonly candidate: CandidateFacts;
  /** Absent when the estimates decided. */
  readonly why?: string;
}

/** Estimates only where two compete: every call of every operation comes by here. */
function choose(facts: PlanFacts): Choice {
  if (facts.forced) {
    const wanted = facts.candidates.find(({ backend }) => backend === facts.forced);
    if (!wanted || wanted.unsupported) {
      throw new UnsupportedError(
        facts.op,
        `cannot run on ${facts.forced}: ${wanted?.unsupported ?? "this engine has no such backend"}`,
      );
    }
    return { candidate: wanted, why: "asked for by name" };
  }
  const able = facts.candidates.filter(({ unsupported }) => !unsupported);
  if (able.length === 0) {
    const reasons = facts.candidates.map(({ backend, unsupported }) => `${backend}: ${unsupported}`);
    throw new UnsupportedError(facts.op, `no backend can run it (${reasons.join("; ")})`);
  }
  const preferred = able.find(({ backend }) => backend === facts.preferred);
  if (preferred) return { candidate: preferred, why: "the engine's setting" };
  const free = able.filter(({ notByItself }) => !notByItself);
  const pool = free.length > 0 ? free : able;
  const seconds = ({ backend }: CandidateFacts) => estimate(backend, facts).totalSeconds;
  return { candidate: pool.reduce((a, b) => (seconds(b) < seconds(a) ? b : a)) };
}

function reasonFor(best: PlannedCandidate, candidates: readonly PlannedCandidate[]): string {
  const other = candidates.find((candidate) => candidate !== best);
  if (!other) return "the only backend";
  if (other.unsupported) return `${other.backend} cannot: ${other.unsupported}`;
  if (other.notByItself) return `${other.backend} is not used by itself: ${other.notByItself}`;
  return `estimated ${seconds(best.estimate.totalSeconds)} against ${seconds(other.estimate.totalSeconds)} on ${other.backend}`;
}

function estimate(
  backend: BackendName,
  { work, rates, wasmOnlyBytes, gpuOnlyBytes, outputBytes }: PlanFacts,
): Estimate {
  const { launchSeconds, bytesPerSecond, operationsPerSecond } = rates[backend];
  const byBytes = work.bytes / bytesPerSecond;
  const byOperations = work.operations / operationsPerSecond[work.rate];
  const computeSeconds = Math.max(byBytes, byOperations);
  const launches = launchSeconds * (work.launches ?? 1);
  const back = (bytes: number) => bytes / rates.downloadBytesPerSecond + rates.roundTripSeconds;
  let transferSeconds = 0;
  if (backend === "wasm") {
    if (gpuOnlyBytes > 0) transferSeconds = back(gpuOnlyBytes);
  } else {
    transferSeconds = wasmOnlyBytes / rates.uploadBytesPerSecond;
    if (gpuOnlyBytes === 0) transferSeconds += back(outputBytes);
  }
  return {
    launchSeconds: launches,
    computeSeconds,
    transferSeconds,
    totalSeconds: launches + computeSeconds + transferSeconds,
    boundBy: byBytes >= byOperations ? "bytes" : "operations",
  };
}

/** A duration in the unit that reads best. */
export function seconds(value: number): string {
  if (value >= 1) return `${value.toPrecision(3)} s`;
  if (value >= 1e-3) return `${(value * 1e3).toPrecision(3)} ms`;
  return `${(value * 1e6).toPrecision(3)} us`;
}
