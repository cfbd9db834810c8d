/**
 * The dyadic recursion for every number with 2g - 2 + n <= chiMax in plain JavaScript: BigInt values in a Map. The same steps as
 * the kernels take - dilaton for ones, string for zeros, the constraint of the smallest entry for the rest, genus by genus.
 */
const modulus = 1_000_000_007n;

export class BigIntTable {
  #known = new Map();
  constructor(chiMax) {
    this.limit = chiMax + 2;
  }

  /** Per genus, the sum of all scaled numbers modulo 1,000,000,007. */
  sums() {
    const sums = [];
    for (let g = 0; 2 * g < this.limit; g++) {
      for (let z = g === 0 ? 3 : 0; z <= this.limit - 2 * g; z++) {
        for (const parts of partitions(3 * g - 3 + z, this.limit - 2 * g - z))
          this.#known.set(key(g, z, parts), this.#make(g, z, parts));
      }
      let sum = 0n;
      for (let n = Math.max(1, 3 - 2 * g); n <= this.limit - 2 * g; n++) {
        for (const d of partitions(3 * g - 3 + n, n)) sum += this.#of(g, n, d);
      }
      sums.push(sum % modulus);
    }
    return sums;
  }

  #get(g, z, parts) {
    return this.#known.get(key(g, z, parts));
  }

  #of(g, n, d) {
    const large = d.filter((entry) => entry > 1).map((entry) => entry - 1);
    const zeros = n - d.length;
    let value = this.#get(g, zeros, large);
    for (let i = large.length; i < d.length; i++) value *= dilaton(g, zeros + i);
    return value;
  }

  #make(g, z, parts) {
    if (parts.length === 0 && (g === 0 || (g === 1 && z === 0))) return 1n;
    return z > 0 ? this.#string(g, z, parts) : this.#constraint(g, parts);
  }

  #string(g, z, parts) {
    let sum = 0n;
    for (let i = 0, first = 0; i < parts.length; i++) {
      if (parts[i + 1] === parts[i]) continue;
      const part = parts[i];
      const weight = BigInt((i + 1 - first) * (2 * part + 3));
      first = i + 1;
      const lowered = parts.slice();
      if (part === 1) lowered.pop();
      else lowered[i]--;
      sum += weight * this.#get(g, z - 1, lowered) * (part === 1 ? dilaton(g, z - 1 + lowered.length) : 1n);
    }
    return sum;
  }

  #constraint(g, parts) {
    const rest = parts.slice(0, -1);
    const small = parts.at(-1);
    const k = small + 1;
    let sum = 0n;
    for (let i = 0, first = 0; i < rest.length; i++) {
      if (rest[i + 1] === rest[i]) continue;
      const others = rest.slice();
      others.splice(i, 1);
      sum += BigInt((i + 1 - first) * (2 * rest[i] + 3)) * this.#get(g, 0, inserted(others, small + rest[i]));
      first = i + 1;
    }
    for (let a = 0, b = k - 2; a <= b; a++, b--) sum += (a === b ? 8n : 16n) * this.#half(g - 1, [a, b], rest);
    for (const [left, right, total, ways] of splittings(rest)) {
      for (let a = 0; 2 * a <= k - 2; a++) {
        if ((a + 2 + total) % 3 !== 0) continue;
        const h = (a + 2 + total) / 3;
        const b = k - 2 - a;
        sum += (a < b ? 2n * ways : ways) * this.#half(h, [a], left) * this.#half(g - h, [b], right);
      }
    }
    return sum;
  }

  /** The number of the entries and of the entries that the parts stand for. */
  #half(g, entries, parts) {
    let list = parts;
    let [zeros, ones] = [0, 0];
    for (const entry of entries) {
      if (entry === 0) zeros++;
      else if (entry === 1) ones++;
      else list = inserted(list, entry - 1);
    }
    let value = this.#get(g, zeros, list);
    for (let i = 0; i < ones; i++) value *= dilaton(g, zeros + list.length + i);
    return value;
  }
}

const key = (g, z, parts) => `${g},${z},${parts}`;
const dilaton = (g, n) => (g === 1 && n === 0 ? 1n : BigInt(3 * (2 * g - 2 + n)));

function inserted(list, part) {
  const at = list.findIndex((other) => other < part);
  return at < 0 ? [...list, part] : [...list.slice(0, at), part, ...list.slice(at)];
}

function* partitions(m, most, largest = m) {
  if (m === 0) yield [];
  else if (most > 0)
    for (let part = Math.min(m, largest); part > 0; part--)
      for (const rest of partitions(m - part, most - 1, part)) yield [part, ...rest];
}

function* splittings(list) {
  const distinct = [...new Set(list)];
  const most = distinct.map((part) => list.filter((other) => other === part).length);
  const chosen = distinct.map(() => 0);
  for (;;) {
    const left = distinct.flatMap((part, i) => new Array(chosen[i]).fill(part));
    const right = distinct.flatMap((part, i) => new Array(most[i] - chosen[i]).fill(part));
    let ways = 1n;
    for (const [i, count] of chosen.entries())
      for (let j = 0; j < count; j++) ways = (ways * BigInt(most[i] - j)) / BigInt(j + 1);
    yield [left, right, left.reduce((sum, part) => sum + part, 0), ways];
    let at = 0;
    while (at < chosen.length && chosen[at] === most[at]) chosen[at++] = 0;
    if (at === chosen.length) return;
    chosen[at]++;
  }
}
