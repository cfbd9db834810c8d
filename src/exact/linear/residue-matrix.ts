/** Dense linear algebra over GF(p): reduced echelon forms, and what is read from them. */
import { ShapeError } from "../../backends/contract.js";
import { checkResidues, type PrimeField } from "../modular/field.js";
import type { Residues } from "../modular/vectors.js";
import { type Region, regions } from "../modular/workspace.js";

export interface ResidueMatrix {
  readonly rows: number;
  readonly columns: number;
  /** Row by row. */
  readonly data: Residues;
}

export interface EchelonForm {
  readonly matrix: ResidueMatrix;
  /** The column of each row's leading 1, ascending: as many as the rank. */
  readonly pivots: readonly number[];
}

/** Below so many columns a kernel call per row costs more than it saves. */
const kernelColumns = 32;

/** The reduced row echelon form, O(rows columns rank). @throws ShapeError, InputError */
export function rowReduce(field: PrimeField, matrix: ResidueMatrix): EchelonForm {
  const { rows, columns, data } = matrix;
  if (data.length !== rows * columns) {
    throw new ShapeError("rowReduce", "matrix", { expected: [rows, columns], actual: [data.length] });
  }
  checkResidues("rowReduce", "matrix", data, field);
  const { kernels } = field;
  if (!kernels || columns < kernelColumns) {
    const work = data.slice();
    const pivots = eliminate(field, work, rows, columns, (c, from, to, at) => {
      for (let j = at; j < columns; j++) {
        const k = to * columns + j;
        work[k] = field.add(work[k] as number, field.mul(c, work[from * columns + j] as number));
      }
    });
    return { matrix: { rows, columns, data: work }, pivots };
  }
  return kernels.run("rowReduce", (w) => {
    const [region] = regions(w, [data.length]) as [Region];
    region.words.set(data);
    const address = (row: number, at: number) => region.ptr + 4 * (row * columns + at);
    const pivots = eliminate(field, region.words, rows, columns, (c, from, to, at) =>
      w.kernels.residues_axpy(c, address(from, at), address(to, at), columns - at, field.p),
    );
    return { matrix: { rows, columns, data: region.words.slice() }, pivots };
  });
}

/** @param addRow adds c times row `from` to row `to`, from column `at` on; left of it row `from` is zero */
function eliminate(
  field: PrimeField,
  work: Residues,
  rows: number,
  columns: number,
  addRow: (c: number, from: number, to: number, at: number) => void,
): number[] {
  const pivots: number[] = [];
  const entry = (i: number, j: number) => work[i * columns + j] as number;
  for (let j = 0; j < columns && pivots.length < rows; j++) {
    const top = pivots.length;
    let i = top;
    while (i < rows && entry(i, j) === 0) i++;
    if (i === rows) continue;
    if (i !== top) addRow(1, i, top, j);
    // A row that had 0 here has row i's entry now. c - 1 times itself makes a row c times as large.
    addRow(field.sub(field.inverse(entry(top, j)), 1), top, top, j);
    for (let k = 0; k < rows; k++) {
      const c = k === top ? 0 : entry(k, j);
      if (c) addRow(field.p - c, top, k, j);
    }
    pivots.push(j);
  }
  return pivots;
}

/** The rank. */
export const rankModulo = (field: PrimeField, matrix: ResidueMatrix): number => rowReduce(field, matrix).pivots.length;

/** A basis of the x with matrix x = 0: one vector per column without a pivot, 1 there and 0 in the other such columns. */
export function nullspaceModulo(field: PrimeField, matrix: ResidueMatrix): Uint32Array<ArrayBuffer>[] {
  return nullspaceOf(field, rowReduce(field, matrix));
}

/** The same from an echelon form that is there already. */
export function nullspaceOf(field: PrimeField, { matrix, pivots }: EchelonForm): Uint32Array<ArrayBuffer>[] {
  const { columns, data } = matrix;
  const taken = new Set(pivots);
  const free = Array.from({ length: columns }, (_, j) => j).filter((j) => !taken.has(j));
  return free.map((j) => {
    const x = new Uint32Array(columns);
    x[j] = 1;
    for (const [i, pivot] of pivots.entries()) x[pivot] = field.sub(0, data[i * columns + j] as number);
    return x;
  });
}
