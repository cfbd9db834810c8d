/** Vectors of residues: a Uint32Array with every element in [0, p). Results are new arrays unless it says otherwise. */
import { InputError, ShapeError } from "../../backends/contract.js";
import type { PrimeField } from "./field.js";
import { type ExactRun, type Region, regions } from "./workspace.js";

export type Residues = Uint32Array<ArrayBufferLike>;

/** Below so many elements a kernel call costs more than it saves. */
const kernelLength = 64;

function checkLengths(op: string, a: Residues, b: Residues): void {
  if (a.length !== b.length) throw new ShapeError(op, "b", { expected: [a.length], actual: [b.length] });
}

/** One kernel call over copies of a and b; the result is the region of a. */
function byKernel(
  field: PrimeField,
  where: string,
  a: Residues,
  b: Residues | undefined,
  call: (w: ExactRun, x: Region, y: Region) => void,
): Uint32Array<ArrayBuffer> | undefined {
  if (!field.kernels || a.length < kernelLength) return undefined;
  return field.kernels.run(where, (w) => {
    const [x, y] = regions(w, [a.length, b?.length ?? 0]) as [Region, Region];
    x.words.set(a);
    if (b) y.words.set(b);
    call(w, x, y);
    return x.words.slice() as Uint32Array<ArrayBuffer>;
  });
}

/** a + b. */
export function addVectors(field: PrimeField, a: Residues, b: Residues): Uint32Array<ArrayBuffer> {
  checkLengths("addVectors", a, b);
  return (
    byKernel(field, "addVectors", a, b, (w, x, y) => w.kernels.residues_add(x.ptr, y.ptr, x.ptr, a.length, field.p)) ??
    Uint32Array.from(a, (v, i) => field.add(v, b[i] as number))
  );
}

/** a - b. */
export function subVectors(field: PrimeField, a: Residues, b: Residues): Uint32Array<ArrayBuffer> {
  checkLengths("subVectors", a, b);
  return (
    byKernel(field, "subVectors", a, b, (w, x, y) => w.kernels.residues_sub(x.ptr, y.ptr, x.ptr, a.length, field.p)) ??
    Uint32Array.from(a, (v, i) => field.sub(v, b[i] as number))
  );
}

/** a b, one by one. */
export function mulVectors(field: PrimeField, a: Residues, b: Residues): Uint32Array<ArrayBuffer> {
  checkLengths("mulVectors", a, b);
  return (
    byKernel(field, "mulVectors", a, b, (w, x, y) =>
      w.kernels.residues_mul(x.ptr, y.ptr, 1, x.ptr, a.length, field.p),
    ) ?? Uint32Array.from(a, (v, i) => field.mul(v, b[i] as number))
  );
}

/** c a. */
export function scaleVector(field: PrimeField, c: number, a: Residues): Uint32Array<ArrayBuffer> {
  return (
    byKernel(field, "scaleVector", a, undefined, (w, x) =>
      w.kernels.residues_scale(x.ptr, c, x.ptr, a.length, field.p),
    ) ?? Uint32Array.from(a, (v) => field.mul(v, c))
  );
}

/** y + c x. */
export function axpyVectors(field: PrimeField, c: number, x: Residues, y: Residues): Uint32Array<ArrayBuffer> {
  checkLengths("axpyVectors", x, y);
  return (
    byKernel(field, "axpyVectors", y, x, (w, to, from) =>
      w.kernels.residues_axpy(c, from.ptr, to.ptr, x.length, field.p),
    ) ?? Uint32Array.from(y, (v, i) => field.add(v, field.mul(c, x[i] as number)))
  );
}

/** The sum of a[i] b[i]. */
export function dotVectors(field: PrimeField, a: Residues, b: Residues): number {
  checkLengths("dotVectors", a, b);
  if (field.kernels && a.length >= kernelLength) {
    return field.kernels.run("dotVectors", (w) => {
      const [x, y] = regions(w, [a.length, b.length]) as [Region, Region];
      x.words.set(a);
      y.words.set(b);
      return w.kernels.residues_dot(x.ptr, y.ptr, a.length, field.p);
    });
  }
  return a.reduce((sum, v, i) => field.add(sum, field.mul(v, b[i] as number)), 0);
}

/**
 * 1/a one by one, at the cost of one inversion and three products each (Montgomery's trick).
 * @throws InputError when an element is 0
 */
export function invertVector(field: PrimeField, a: Residues): Uint32Array<ArrayBuffer> {
  const zero = a.indexOf(0);
  if (zero >= 0) throw new InputError("invertVector", "a", `[${zero}] is 0`);
  const viaKernel = byKernel(field, "invertVector", a, a, (w, x, y) =>
    w.kernels.residues_invert(y.ptr, x.ptr, a.length, field.p),
  );
  if (viaKernel) return viaKernel;
  const result = new Uint32Array(a.length);
  let product = 1;
  for (let i = 0; i < a.length; i++) {
    result[i] = product;
    product = field.mul(product, a[i] as number);
  }
  let rest = a.length ? field.inverse(product) : 1;
  for (let i = a.length - 1; i >= 0; i--) {
    result[i] = field.mul(result[i] as number, rest);
    rest = field.mul(rest, a[i] as number);
  }
  return result;
}
