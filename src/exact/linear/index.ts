/** What wavefold/exact shows of linear algebra. */
export { type IntegerMatrix, nullspace, rank, solve } from "./rational-matrix.js";
export {
  type EchelonForm,
  nullspaceModulo,
  nullspaceOf,
  type ResidueMatrix,
  rankModulo,
  rowReduce,
} from "./residue-matrix.js";
