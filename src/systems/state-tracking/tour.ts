/** Automata on the tour: what a state space of eigenvalues in [-1, 1] keeps track of, exactly and over any length. */
import type { BackendName } from "../../backends/contract.js";
import { automatonTrace } from "../../oracles/automaton.js";
import type { TourCheck, TourContext, TourResult, TourStop } from "../tour-stop.js";
import { type Automaton, modular, parity, permutationAutomaton } from "./automaton.js";
import { type CompiledAutomaton, compile } from "./compile.js";
import { regularExpression } from "./regular-expression.js";
import { StateTracker } from "./tracker.js";

export const stop: TourStop = {
  name: "state-tracking",
  title: "State tracking: automata as recurrences",
  about:
    "A linear recurrence whose transitions have eigenvalues from -1 to 1 keeps track of what those of 0 to 1 cannot, parity to " +
    "begin with (Grazzi et al. 2024). Automata and a regular expression are compiled to weights of the delta rule, exchanges of " +
    "two slots and resets, and read this repository's own documents, bit by bit; every state is compared with the automaton's.",
  run,
};

/** Letters of a backend's word. */
const lengths = { small: 64, full: 1e6 };

const bits = "01";
/** The two generators of S5: a transposition and a cycle of all five. */
const s5 = permutationAutomaton([
  [1, 0, 2, 3, 4],
  [1, 2, 3, 4, 0],
]);

const automata: readonly (readonly [name: string, automaton: Automaton])[] = [
  ["parity", parity()],
  ["value mod 7", modulo(7)],
  ["S5", { ...s5, alphabet: bits }],
  ["ends in 0110", regularExpression("(0|1)*0110")],
  ["three 1s, then a 0", regularExpression("(0|1)*1110(0|1)*")],
];

/** A binary number modulo m, the highest bit first. */
function modulo(m: number): Automaton {
  return {
    ...modular(m),
    alphabet: bits,
    next: modular(m).next.map((_, state) => [(2 * state) % m, (2 * state + 1) % m]),
  };
}

/** The documents' bytes as bits, from the start again when they end. */
function bitsOf({ documents }: TourContext, length: number): Int32Array {
  const bytes = new TextEncoder().encode(documents.map(({ text }) => text).join("\n") || "\0");
  return Int32Array.from({ length }, (_, i) => ((bytes[(i >> 3) % bytes.length] as number) >> (7 - (i & 7))) & 1);
}

const kinds: Record<CompiledAutomaton["kind"], string> = {
  permutation: "exchanges",
  "permutation-reset": "exchanges and resets",
  cascade: "a cascade of both",
};

async function run(context: TourContext): Promise<TourResult> {
  const { engine, backends, signal, progress } = context;
  const checks: TourCheck[] = [];
  const rows: (string | number)[][] = [];
  const speeds = new Map<BackendName, number[]>();
  let longest = 0;
  for (const [b, { name: on, size }] of backends.entries()) {
    const word = bitsOf(context, lengths[size]);
    longest = Math.max(longest, word.length);
    const rates: number[] = [];
    for (const [a, [name, automaton]] of automata.entries()) {
      signal.throwIfAborted();
      progress((b + a / automata.length) / backends.length, `${name} on ${on}`);
      const compiled = compile(automaton);
      using tracker = new StateTracker(engine, compiled, { on });
      await engine.warmup();
      const started = performance.now();
      const states = tracker.run(word);
      const found = await states.data();
      const seconds = (performance.now() - started) / 1e3;
      states.dispose();
      const wrong = automatonTrace(automaton, word).reduce((count, state, t) => count + Number(state !== found[t]), 0);
      checks.push({ name: `${name} on ${on}: wrong states`, ok: wrong === 0, error: wrong, bound: 0 });
      rates.push(word.length / seconds / 1e6);
      const layers = compiled.layers.map((layer) => layer.size).join(" + ");
      rows.push([
        name,
        automaton.next.length,
        kinds[compiled.kind],
        layers,
        on,
        word.length,
        Number(rates.at(-1)?.toFixed(3)),
      ]);
    }
    speeds.set(on, rates);
  }
  const right = checks.filter(({ ok }) => ok).length;
  return {
    summary: `${right} of ${checks.length} automata equal their recurrences in every one of up to ${longest} states`,
    checks,
    tables: [
      {
        title: "Automata over the bits of our documents",
        columns: ["automaton", "states", "as", "slots of the layers", "backend", "letters", "million letters/s"],
        rows,
      },
    ],
    plots: [
      {
        kind: "bar",
        title: "Letters per second",
        caption: "A layer per number that the automaton has to keep; time does not depend on the length of the word.",
        y: { label: "million letters/s", scale: "log" },
        groups: automata.map(([name]) => name),
        series: [...speeds].map(([name, values]) => ({ name, values })),
      },
    ],
  };
}
