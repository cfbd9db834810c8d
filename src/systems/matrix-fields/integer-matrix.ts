/** Square matrices of BigInts, flat and row-major, and their products by a balanced tree. */

export type IntegerMatrix = readonly bigint[];

export function identityMatrix(size: number): IntegerMatrix {
  return Array.from({ length: size * size }, (_, i) => (i % (size + 1) ? 0n : 1n));
}

export function multiplyMatrices(a: IntegerMatrix, b: IntegerMatrix, size: number): IntegerMatrix {
  const product = new Array<bigint>(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      let sum = 0n;
      for (let k = 0; k < size; k++) sum += (a[i * size + k] as bigint) * (b[k * size + j] as bigint);
      product[i * size + j] = sum;
    }
  }
  return product;
}

/** Factors multiplied one after another before the tree begins: small numbers gain nothing from balance. */
const LEAF = 8;

/**
 * factor(from) factor(from + 1) ... factor(to - 1). Both halves of a product have numbers of the same length, so that the
 * engine's fast multiplication of long numbers applies: O(M(n log n) log n) instead of n^2.
 */
export function productTree(
  factor: (n: number) => IntegerMatrix,
  from: number,
  to: number,
  size: number,
): IntegerMatrix {
  if (to - from <= LEAF) {
    let product = identityMatrix(size);
    for (let n = from; n < to; n++) product = multiplyMatrices(product, factor(n), size);
    return product;
  }
  const middle = from + Math.ceil((to - from) / 2);
  return multiplyMatrices(productTree(factor, from, middle, size), productTree(factor, middle, to, size), size);
}
