/** NumPy broadcasting and the functions of two numbers, one element at a time. */

export interface OracleArray {
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
}

/** The element of `array` for a multi-index of a result that it broadcasts to. */
function elementAt({ shape, values }: OracleArray, index: readonly number[]): number {
  let at = 0;
  shape.forEach((extent, axis) => {
    const own = extent === 1 ? 0 : (index[index.length - shape.length + axis] as number);
    at = at * extent + own;
  });
  return values[at] as number;
}

/** f over every element of the broadcast of `arrays`, row-major. */
export function broadcastOracle(arrays: readonly OracleArray[], f: (...values: number[]) => number): OracleArray {
  const rank = Math.max(0, ...arrays.map(({ shape }) => shape.length));
  const shape = Array.from({ length: rank }, (_, axis) =>
    arrays.reduce((extent, array) => {
      const own = array.shape[axis - rank + array.shape.length] ?? 1;
      return own === 1 ? extent : own;
    }, 1),
  );
  const values: number[] = [];
  const visit = (index: number[]): void => {
    if (index.length === rank) values.push(f(...arrays.map((array) => elementAt(array, index))));
    else for (let i = 0; i < (shape[index.length] as number); i++) visit([...index, i]);
  };
  visit([]);
  return { shape, values };
}

/** The functions of src/ops/binary.ts on numbers. */
export const binaryOracle: Record<string, (a: number, b: number) => number> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  minimum: (a, b) => Math.min(a, b),
  maximum: (a, b) => Math.max(a, b),
  mod: (a, b) => {
    const rest = a % b;
    return rest !== 0 && Math.sign(rest) !== Math.sign(b) ? rest + b : rest;
  },
  pow: (a, b) => (a === 1 || (a === -1 && Math.abs(b) === Infinity) ? 1 : a ** b),
};

/** The same on 32-bit integers: wrapping, division towards zero, 0 where b is 0. */
export const integerBinaryOracle: Record<string, (a: bigint, b: bigint) => bigint> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => (b === 0n ? 0n : a / b),
  minimum: (a, b) => (a - b < 0n ? a : b),
  maximum: (a, b) => (a - b > 0n ? a : b),
  mod: (a, b) => (b === 0n ? 0n : ((a % b) + b) % b),
};

/** The comparisons of src/ops/compare.ts. */
export const compareOracle: Record<string, (a: number, b: number) => number> = {
  eq: (a, b) => Number(a === b),
  ne: (a, b) => Number(a !== b),
  lt: (a, b) => Number(a < b),
  le: (a, b) => Number(a <= b),
  gt: (a, b) => Number(a > b),
  ge: (a, b) => Number(a >= b),
};
