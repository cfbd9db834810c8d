/**
 * Any automaton as a cascade of permutation-reset automata (Krohn and Rhodes 1965, by the covers of Zeiger 1967).
 *
 * Level i holds one number: which element to leave out of the set that the levels above have singled out. Above all stands the
 * set of all n states; each level leaves one out, so that after n - 1 of them a single state is left, and it is the automaton's.
 * A letter that maps a level's set onto the next one acts on the number as a permutation. Any other letter misses an element
 * of the next set, and leaving that one out is right whatever the number was: a reset. So no level merges states, which
 * products of reflections cannot do, and each level needs to know only the letter and the numbers above.
 */
import type { Automaton } from "./automaton.js";
import type { Transformation } from "./transformation.js";

export interface CascadeLevel {
  /** Values of this level's number. */
  readonly size: number;
  /** action[letter + letters * above]: what the letter does to the number, given the numbers above as one mixed-radix number. */
  readonly actions: readonly Transformation[];
  readonly start: number;
}

export interface Cascade {
  /** From the top down; the first number is the least digit of `above`. */
  readonly levels: readonly CascadeLevel[];
  /** The automaton's state by the numbers of all levels. */
  readonly states: readonly number[];
}

/** An ordered set of states: position -> state. */
type Ordered = readonly number[];

/**
 * One order per set, chosen so that letters that map a set onto another keep positions where they can: then an automaton
 * without groups has, among sets that lead to each other, no permutations but the identity.
 */
class Orders {
  readonly #orders = new Map<string, Ordered>();
  readonly #next: Automaton["next"];
  readonly #letters: number;

  constructor({ next, alphabet }: Automaton) {
    this.#next = next;
    this.#letters = [...alphabet].length;
  }

  of(set: readonly number[]): Ordered {
    const sorted = [...set].sort((a, b) => a - b);
    const known = this.#orders.get(sorted.join());
    if (known) return known;
    this.#carry(sorted);
    return this.#orders.get(sorted.join()) as Ordered;
  }

  /** Gives a set its sorted order, and carries it to all sets that letters map it onto. */
  #carry(root: Ordered): void {
    this.#orders.set(root.join(), root);
    const queue = [root];
    for (const order of queue) {
      for (let letter = 0; letter < this.#letters; letter++) {
        const image = order.map((state) => this.#next[state]![letter] as number);
        const name = [...image].sort((a, b) => a - b).join();
        if (new Set(image).size < order.length || this.#orders.has(name)) continue;
        this.#orders.set(name, image);
        queue.push(image);
      }
    }
  }
}

export function cascadeOf(automaton: Automaton): Cascade {
  const { next, start } = automaton;
  const letters = [...automaton.alphabet].length;
  const orders = new Orders(automaton);
  const levels: CascadeLevel[] = [];
  // What the numbers so far have singled out, and where each letter leads from there, by the numbers as one.
  let sets: Ordered[] = [next.map((_, state) => state)];
  let follow: number[][] = [Array.from({ length: letters }, () => 0)];
  for (let size = next.length; size > 1; size--) {
    const above = sets.length;
    const actions: Transformation[] = [];
    for (const [index, set] of sets.entries()) {
      for (let letter = 0; letter < letters; letter++) {
        const target = sets[follow[index]![letter] as number] as Ordered;
        actions[letter + letters * index] = actionOf(
          set.map((state) => next[state]![letter] as number),
          target,
        );
      }
    }
    levels.push({ size, actions, start: leftOut(sets, levels, start) });
    const lowerSets: Ordered[] = [];
    const lowerFollow: number[][] = [];
    for (let number = 0; number < size; number++) {
      for (const [index, set] of sets.entries()) {
        lowerSets[index + above * number] = orders.of(set.filter((_, position) => position !== number));
        lowerFollow[index + above * number] = follow[index]!.map(
          (to, letter) => to + above * (actions[letter + letters * index]![number] as number),
        );
      }
    }
    sets = lowerSets;
    follow = lowerFollow;
  }
  return { levels, states: sets.map(([state]) => state as number) };
}

/** What a letter that takes the elements of a set to `images` does to the position left out, in the target's positions. */
function actionOf(images: readonly number[], target: Ordered): Transformation {
  const taken = new Set(images);
  if (taken.size === images.length) return images.map((state) => target.indexOf(state));
  const missed = target.findIndex((state) => !taken.has(state));
  return images.map(() => missed);
}

/** The first position of the starting set that is not the starting state. */
function leftOut(sets: readonly Ordered[], above: readonly CascadeLevel[], start: number): number {
  let index = 0;
  let radix = 1;
  for (const level of above) {
    index += radix * level.start;
    radix *= level.size;
  }
  return sets[index]!.findIndex((state) => state !== start);
}
