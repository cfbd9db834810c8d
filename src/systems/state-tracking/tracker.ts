/**
 * A compiled automaton at work: letters go in, the state after each comes out, on either backend and in pieces of any size.
 * Per layer and piece: gather the rows of the tables that the letters and the numbers above them name, run one delta
 * recurrence, read the number off the one-hot state with the query (0, 1, 2, ...).
 */
import { InputError } from "../../backends/contract.js";
import type { Engine } from "../../engine/engine.js";
import { Scope } from "../../engine/scope.js";
import { add, mul } from "../../ops/binary.js";
import { broadcastTo } from "../../ops/broadcast-to.js";
import { cast } from "../../ops/cast.js";
import { concat } from "../../ops/concat.js";
import type { CallOptions } from "../../ops/define-op.js";
import { gather } from "../../ops/gather.js";
import { delta } from "../../ops/recurrence/delta.js";
import type { RecurrenceForm } from "../../ops/recurrence/options.js";
import { slice } from "../../ops/slice.js";
import type { Tensor } from "../../tensor/tensor.js";
import { lettersOf } from "./automaton.js";
import type { CompiledAutomaton, CompiledLayer } from "./compile.js";

export interface TrackerOptions extends Pick<CallOptions, "on"> {
  /** How the recurrences run; "auto" by default. */
  form?: RecurrenceForm;
  /** Steps of a chunk: 16, 32 or 64 (default). */
  chunk?: 16 | 32 | 64;
}

/** Letters per piece: the gathered keys of a piece stay at a few megabytes. */
const pieceLetters = 16384;

/** A layer's tables on the engine, and where it stands. */
interface Running {
  readonly layer: CompiledLayer;
  readonly keys: Tensor;
  readonly betas: Tensor;
  readonly values: Tensor;
  readonly gates: Tensor;
  /** 0, 1, 2, ...: reads the number off the one-hot state. */
  readonly query: Tensor;
  /** What one of this layer's number counts in the mixed-radix number of all. */
  readonly radix: Tensor;
  /** [1, 1, size, 1]; the one-hot state. */
  state: Tensor;
  /** [1]; its number, i32. */
  last: Tensor;
}

export class StateTracker {
  readonly compiled: CompiledAutomaton;
  readonly #engine: Engine;
  readonly #options: TrackerOptions;
  readonly #scope = new Scope();
  readonly #layers: Running[];
  readonly #letterCount: Tensor;
  readonly #states: Tensor;

  constructor(engine: Engine, compiled: CompiledAutomaton, options: TrackerOptions = {}) {
    this.#engine = engine;
    this.compiled = compiled;
    this.#options = options;
    this.#letterCount = this.#number([...compiled.automaton.alphabet].length);
    this.#states = this.#keep(engine.tensor(compiled.states));
    let radix = 1;
    this.#layers = compiled.layers.map((layer) => {
      const running = this.#load(layer, radix);
      radix *= layer.size;
      return running;
    });
  }

  /** Back to the start of the automaton. */
  reset(): void {
    for (const running of this.#layers) {
      this.#replace(running, this.#oneHot(running.layer), this.#number(running.layer.start));
    }
  }

  /**
   * The automaton's state after each letter, i32 [T]; goes on from where the last call ended.
   *
   * @param letters a text over the alphabet, or positions in it
   * @throws InputError naming what is no letter
   */
  run(letters: string | ArrayLike<number>): Tensor {
    const codes =
      typeof letters === "string" ? lettersOf("run", this.compiled.automaton, letters) : this.#checked(letters);
    const pieces: Tensor[] = [];
    for (let first = 0; first === 0 || first < codes.length; first += pieceLetters) {
      pieces.push(this.#piece(codes.subarray(first, first + pieceLetters)));
    }
    if (pieces.length === 1) return pieces[0] as Tensor;
    const whole = concat(pieces);
    for (const piece of pieces) piece.dispose();
    return whole;
  }

  /** Whether the automaton accepts a word, from its start; where the tracker stands does not change. */
  async accepts(word: string | ArrayLike<number>): Promise<boolean> {
    const { accepting, start } = this.compiled.automaton;
    if (!accepting) throw new InputError("accepts", "automaton", "has no accepting states");
    if (word.length === 0) return accepting[start] as boolean;
    const fresh = new StateTracker(this.#engine, this.compiled, this.#options);
    try {
      const states = fresh.run(word);
      const trace = await states.data();
      states.dispose();
      return accepting[trace.at(-1) as number] as boolean;
    } finally {
      fresh.dispose();
    }
  }

  dispose(): void {
    this.#scope.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #checked(letters: ArrayLike<number>): Int32Array {
    const count = [...this.compiled.automaton.alphabet].length;
    const codes = Int32Array.from(letters);
    const wrong = codes.findIndex((code, i) => code !== letters[i] || code < 0 || code >= count);
    if (wrong < 0) return codes;
    throw new InputError(
      "run",
      `letters[${wrong}]`,
      `is ${letters[wrong]}; expected an integer from 0 to ${count - 1}`,
    );
  }

  /** Tensors of the tracker itself live until it is disposed, whatever scope is open. */
  #keep(tensor: Tensor): Tensor {
    return this.#scope.track(tensor);
  }

  #number(value: number): Tensor {
    return this.#keep(this.#engine.tensor(Int32Array.of(value), { scope: this.#scope }));
  }

  #oneHot({ size, start }: CompiledLayer): Tensor {
    const slots = Float32Array.from({ length: size }, (_, slot) => (slot === start ? 1 : 0));
    return this.#engine.tensor(slots, { shape: [1, 1, size, 1], scope: this.#scope });
  }

  #load(layer: CompiledLayer, radix: number): Running {
    const { size, steps, entries } = layer;
    const table = (data: Float32Array, shape: number[]) => this.#engine.tensor(data, { shape, scope: this.#scope });
    return {
      layer,
      keys: table(layer.keys, [entries, steps, size]),
      betas: table(layer.betas, [entries, steps]),
      values: table(layer.values, [entries, steps]),
      gates: table(layer.gates, [entries]),
      query: table(
        Float32Array.from({ length: size }, (_, slot) => slot),
        [1, 1, 1, size],
      ),
      radix: this.#number(radix),
      state: this.#oneHot(layer),
      last: this.#number(layer.start),
    };
  }

  #replace(running: Running, state: Tensor, last: Tensor): void {
    running.state.dispose();
    running.last.dispose();
    running.state = this.#scope.track(state);
    running.last = this.#scope.track(last);
  }

  /** States after the letters of one piece; whatever else it makes is gone when it returns. */
  #piece(codes: Int32Array): Tensor {
    if (codes.length === 0) return this.#engine.tensor(codes);
    const ends: { running: Running; state: Tensor; last: Tensor }[] = [];
    const { result } = this.#engine.scope(() => {
      let entry: Tensor = this.#engine.tensor(codes);
      let reached: Tensor | undefined;
      for (const running of this.#layers) {
        const { numbers, state } = this.#layer(running, entry, codes.length);
        const last = slice(numbers, [[-1]]);
        const before = concat([running.last, slice(numbers, [[0, -1]])]);
        const weight = mul(running.radix, this.#letterCount);
        entry = add(entry, mul(before, weight));
        const digit = mul(numbers, running.radix);
        reached = reached ? add(reached, digit) : digit;
        ends.push({ running, state, last });
      }
      return { result: gather(this.#states, reached as Tensor), ends };
    });
    for (const { running, state, last } of ends) this.#replace(running, state, last);
    return result;
  }

  /** The layer's number after each letter, and its state after the last. */
  #layer({ layer, keys, betas, values, gates, query, state }: Running, entry: Tensor, count: number) {
    const { size, steps } = layer;
    const { on, form, chunk } = this.#options;
    const micro = count * steps;
    const { o, state: next } = delta(
      broadcastTo(query, [1, count, 1, size]),
      gather(keys, entry).reshape([1, micro, 1, size]),
      gather(values, entry).reshape([1, micro, 1, 1]),
      gather(betas, entry).reshape([1, micro, 1]),
      {
        gate: gather(gates, entry).reshape([1, count, 1]),
        householders: steps,
        initialState: state,
        scale: 1,
        ...(on ? { on } : {}),
        ...(form ? { form } : {}),
        ...(chunk ? { chunk } : {}),
      },
    );
    return { numbers: cast(o.reshape([count]), "i32"), state: next };
  }
}
