/**
 * Intersection numbers of psi classes on the moduli spaces of curves: single numbers in any genus, whole tables, the equations they
 * obey, and what else the recursion gives.
 * @module
 */
export { AiryRecursion, type AiryStructure, kontsevich, masurVeech, masurVeechVolume } from "./airy.js";
export { type PsiAsymptotics, type PsiSeries, psiAsymptotics } from "./asymptotics.js";
export { checkAllPsi, checkPsi, type PsiEquation, type PsiFault, type PsiSource, psiEquations } from "./checks.js";
export { openPsi, type PsiKernels } from "./group.js";
export { kappaOne, kappaPsi, type VolumeTerm, weilPeterssonVolume } from "./kappa.js";
export { type PsiMethod, type PsiOptions, psi, psiMethods } from "./psi.js";
export {
  entriesAt,
  numberAt,
  type PsiRow,
  PsiTable,
  type PsiTableOptions,
  type PsiTableSize,
  type PsiValues,
  psiRows,
  psiTable,
  psiTableSize,
  scaledAt,
} from "./table.js";
export { type PsiFile, psiFileEnd, psiFileHeader, psiFileRecord, readPsiFile } from "./table-file.js";
export { psiArray, psiCsv, psiCsvHeader, psiJsonLines } from "./table-text.js";
