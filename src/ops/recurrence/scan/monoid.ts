/** Finite monoids by their multiplication tables. */
import { InputError } from "../../../backends/contract.js";

/** A checked table, to be used in many calls. */
export class FiniteMonoid {
  readonly size: number;
  readonly unit: number;
  /** Row-major: x followed by y is at x size + y. */
  readonly table: Uint8Array;

  /**
   * @param rows x followed by y at [x][y], for up to 256 elements 0, 1, ...
   * @throws InputError when the table is not square, leaves its elements, has no unit or is not associative
   */
  constructor(rows: ArrayLike<ArrayLike<number>>, op = "FiniteMonoid") {
    this.size = rows?.length ?? 0;
    if (!(this.size >= 1 && this.size <= 256)) {
      throw new InputError(op, "table", `has ${String(rows?.length)} rows; expected 1 to 256`);
    }
    this.table = new Uint8Array(this.size ** 2);
    for (let x = 0; x < this.size; x++) {
      const row = rows[x] as ArrayLike<number>;
      if (row?.length !== this.size) {
        throw new InputError(op, "table", `has ${String(row?.length)} entries in row ${x}; expected ${this.size}`);
      }
      for (let y = 0; y < this.size; y++) {
        const product = row[y] as number;
        if (!(Number.isInteger(product) && product >= 0 && product < this.size)) {
          throw new InputError(op, "table", `has ${product} at [${x}][${y}]; expected an integer in [0, ${this.size})`);
        }
        this.table[x * this.size + y] = product;
      }
    }
    this.unit = this.#findUnit(op);
    this.#checkAssociative(op);
  }

  #product(x: number, y: number): number {
    return this.table[x * this.size + y] as number;
  }

  #findUnit(op: string): number {
    for (let e = 0; e < this.size; e++) {
      let isUnit = true;
      for (let x = 0; x < this.size && isUnit; x++) isUnit = this.#product(e, x) === x && this.#product(x, e) === x;
      if (isUnit) return e;
    }
    throw new InputError(op, "table", "has no unit: no element leaves all others as they are, on both sides");
  }

  /** Light's test (Clifford and Preston 1961, 1.2): middle factors that generate the rest are enough. */
  #checkAssociative(op: string): void {
    for (const g of this.#generators()) {
      for (let x = 0; x < this.size; x++) {
        for (let y = 0; y < this.size; y++) {
          if (this.#product(this.#product(x, g), y) !== this.#product(x, this.#product(g, y))) {
            throw new InputError(op, "table", `is not associative: (${x} ${g}) ${y} is not ${x} (${g} ${y})`);
          }
        }
      }
    }
  }

  /** Elements of which all others are products. */
  #generators(): number[] {
    const generators: number[] = [];
    const known = new Set([this.unit]);
    for (let g = 0; g < this.size; g++) {
      if (known.has(g)) continue;
      generators.push(g);
      const fresh = [g];
      known.add(g);
      for (let x = fresh.pop(); x !== undefined; x = fresh.pop()) {
        for (const y of [...known]) {
          for (const product of [this.#product(x, y), this.#product(y, x)]) {
            if (known.has(product)) continue;
            known.add(product);
            fresh.push(product);
          }
        }
      }
    }
    return generators;
  }
}
