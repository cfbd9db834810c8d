/** Movement of elements, by multi-index: where each element of a result comes from. */

export interface OracleTensor<T = number> {
  readonly shape: readonly number[];
  readonly values: readonly T[];
}

/** Row-major multi-indices of a shape. */
export function indicesOf(shape: readonly number[]): number[][] {
  return shape.reduce<number[][]>(
    (prefixes, extent) => prefixes.flatMap((prefix) => Array.from({ length: extent }, (_, i) => [...prefix, i])),
    [[]],
  );
}

export function elementOf<T>({ shape, values }: OracleTensor<T>, index: readonly number[]): T {
  return values[index.reduce((at, i, axis) => at * (shape[axis] as number) + i, 0)] as T;
}

/** A tensor of `shape` whose elements are a function of their index. */
export function fromIndices<T>(shape: readonly number[], f: (index: number[]) => T): OracleTensor<T> {
  return { shape, values: indicesOf(shape).map(f) };
}

export function transposeOracle<T>(a: OracleTensor<T>, axes: readonly number[]): OracleTensor<T> {
  return fromIndices(
    axes.map((axis) => a.shape[axis] as number),
    (index) =>
      elementOf(
        a,
        a.shape.map((_, axis) => index[axes.indexOf(axis)] as number),
      ),
  );
}

/** Python's a[start:end:step] on each axis; null as in src/ops/slice.ts. */
export function sliceOracle<T>(
  a: OracleTensor<T>,
  ranges: readonly (readonly (number | null | undefined)[] | null)[],
): OracleTensor<T> {
  const positions = a.shape.map((extent, axis) => {
    const [from = null, to = null, step = 1] = ranges[axis] ?? [];
    const taken: number[] = [];
    const stride = step as number;
    const begin = from === null ? (stride > 0 ? 0 : extent - 1) : from < 0 ? from + extent : from;
    const end = to === null ? (stride > 0 ? extent : -1) : to < 0 ? to + extent : to;
    // Far positions step past everything that does not exist.
    for (let i = begin; stride > 0 ? i < end : i > end; i += stride) {
      if (i >= 0 && i < extent) taken.push(i);
      else if (stride > 0 ? i >= extent : i < 0) break;
      else if (stride > 0 ? i < 0 : i >= extent) i = (stride > 0 ? 0 : extent - 1) - stride;
    }
    return taken;
  });
  return fromIndices(
    positions.map((taken) => taken.length),
    (index) =>
      elementOf(
        a,
        index.map((i, axis) => (positions[axis] as number[])[i] as number),
      ),
  );
}

export function concatOracle<T>(tensors: readonly OracleTensor<T>[], axis: number): OracleTensor<T> {
  const [first] = tensors as readonly [OracleTensor<T>];
  const extents = tensors.map(({ shape }) => shape[axis] as number);
  const shape = first.shape.map((extent, i) => (i === axis ? extents.reduce((x, y) => x + y, 0) : extent));
  return fromIndices(shape, (index) => {
    let rest = index[axis] as number;
    const which = extents.findIndex((extent) => {
      if (rest < extent) return true;
      rest -= extent;
      return false;
    });
    return elementOf(tensors[which] as OracleTensor<T>, index.with(axis, rest));
  });
}

export function padOracle<T>(
  a: OracleTensor<T>,
  widths: readonly (readonly [number, number])[],
  value: T,
): OracleTensor<T> {
  const shape = a.shape.map((extent, axis) => extent + (widths[axis]?.[0] ?? 0) + (widths[axis]?.[1] ?? 0));
  return fromIndices(shape, (index) => {
    const own = index.map((i, axis) => i - (widths[axis]?.[0] ?? 0));
    return own.every((i, axis) => i >= 0 && i < (a.shape[axis] as number)) ? elementOf(a, own) : value;
  });
}

/** a[..., indices, ...] along an axis; zero where an index is outside. */
export function gatherOracle(a: OracleTensor, indices: OracleTensor, axis: number): OracleTensor {
  const shape = [...a.shape.slice(0, axis), ...indices.shape, ...a.shape.slice(axis + 1)];
  return fromIndices(shape, (index) => {
    const which = elementOf(indices, index.slice(axis, axis + indices.shape.length));
    if (which < 0 || which >= (a.shape[axis] as number)) return 0;
    return elementOf(a, [...index.slice(0, axis), which, ...index.slice(axis + indices.shape.length)]);
  });
}

/** a with updates written (or added) at indices along an axis, in their order; indices outside do nothing. */
export function scatterOracle(
  a: OracleTensor,
  indices: readonly number[],
  updates: OracleTensor,
  axis: number,
  add: (old: number, update: number) => number,
): OracleTensor {
  const values = [...a.values];
  for (const index of indicesOf(updates.shape)) {
    const which = indices[index[axis] as number] as number;
    if (which < 0 || which >= (a.shape[axis] as number)) continue;
    const place = index.with(axis, which).reduce((at, i, d) => at * (a.shape[d] as number) + i, 0);
    values[place] = add(values[place] as number, elementOf(updates, index));
  }
  return { shape: a.shape, values };
}
