/**
 * A small real search: which fractions a + b/(a + b/(a + ...)) over a box of integers have a real limit (a^2 + 4b >= 0, a not
 * 0), with the numerator of their tenth convergent. A search is { a: [low, high], b: [low, high] }.
 */
const bounds = (interval, name) => {
  if (!Array.isArray(interval) || interval.length !== 2 || !interval.every(Number.isSafeInteger)) {
    throw new Error(`${name} is not an interval of integers`);
  }
  return interval;
};

export const boxKind = {
  kind: "test-box",
  schema: 1,
  limits: { unitBytes: 1000, seconds: 100 },
  split({ a: [low, high], b }, parts) {
    const width = high - low + 1;
    const cuts = Math.min(parts, width);
    return Array.from({ length: Math.max(0, cuts) }, (_, i) => ({
      a: [low + Math.floor((i * width) / cuts), low + Math.floor(((i + 1) * width) / cuts) - 1],
      b,
    }));
  },
  check: (params) => ({ a: bounds(params?.a, "a"), b: bounds(params?.b, "b"), fail: params?.fail }),
  estimateSeconds: ({ a, b }) => ((a[1] - a[0] + 1) * (b[1] - b[0] + 1)) / 1e6,
  run({ a, b }, { progress, checkpoint, resumed }) {
    const found = resumed?.found.map(([x, y, p]) => [x, y, BigInt(p)]) ?? [];
    for (let x = resumed?.next ?? a[0]; x <= a[1]; x++) {
      for (let y = b[0]; y <= b[1]; y++) {
        if (y !== 0 && x !== 0 && x * x + 4 * y >= 0) found.push([x, y, numerator(BigInt(x), BigInt(y))]);
      }
      progress(x - a[0] + 1, a[1] - a[0] + 1);
      checkpoint({ next: x + 1, found });
    }
    return found;
  },
  merge: (results) => results.flat().sort(([a, b], [c, d]) => a - c || b - d),
};

function numerator(a, b) {
  let [p, q] = [a, 1n];
  for (let i = 0; i < 10; i++) [p, q] = [a * p + b * q, p];
  return p;
}

/** Throws for odd units, always. */
export const brokenKind = {
  kind: "test-broken",
  schema: 1,
  split: ({ count }) => Array.from({ length: count }, (_, i) => ({ i })),
  check: (params) => params,
  run({ i }) {
    if (i % 2 === 1) throw new Error(`cannot do ${i}`);
    return i;
  },
  merge: (results) => [...results].sort((a, b) => a - b),
};

export const kinds = [boxKind, brokenKind];
