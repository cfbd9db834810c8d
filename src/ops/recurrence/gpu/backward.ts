/**
 * Gradients of a recurrence of rank-one steps, chunk by chunk. The states between the chunks come from a pass forward, their
 * gradients from one in reverse. With dR after that pass and dZ = T^T dR, which is all that the inverse needs,
 *   dA = -strictly lower (dZ R^T),  dP = lower (dO R^T),  d(decayed Q) = dO S^T,  d(decayed X) = -dZ S^T,  d(decayed Y) = R dS'^T,
 * and what decays has the gradients of its plain rows through both the scores and these.
 */
import type { GpuRegion, GpuRun } from "../../../backends/webgpu/run.js";
import { source as columnsShader } from "../../../generated/shaders/recurrence-vector-columns.js";
import { source as rowsShader } from "../../../generated/shaders/recurrence-vector-rows.js";
import { chunksOfPass } from "./budget.js";
import { paddedTo4, type RecurrenceCall, sequencesOf } from "./call.js";
import { chunkTables, keptStateBytes, segmentsOf, slotBytesOf, slotsToAlign, unitsOfLargest } from "./chunks.js";
import { ChunkPass, type Matrix, transposed } from "./pass.js";
import {
  type ChunkMatrices,
  chunkMatrices,
  columnsOut,
  type RankOneTensors,
  type Role,
  roleMatrix,
  rolesOf,
  runChunks,
  valueMatrix,
  vectorParams,
} from "./rank-one.js";
import { Workspace } from "./workspace.js";

export interface BackwardEnds {
  readonly initial: GpuRegion | undefined;
  /** Gradients of the final states, and of the initial ones. */
  readonly dFinal: GpuRegion | undefined;
  readonly dInitial: GpuRegion;
}

/** What a segment leaves: gradients per value head, [unit, chunk, channels]. */
export interface SegmentGradients {
  readonly pass: ChunkPass;
  readonly roles: readonly Role[];
  readonly of: (role: Role) => Matrix;
  readonly dO: Matrix;
  readonly dZ: Matrix;
  readonly matrices: ChunkMatrices;
  readonly states: Matrix;
  readonly dStates: Matrix;
}

/** @param collect called for every segment: its matrices are overwritten by the next one's */
export function encodeBackward(
  g: GpuRun,
  call: RecurrenceCall,
  tensors: RankOneTensors,
  dO: GpuRegion,
  ends: BackwardEnds,
  collect: (gradients: SegmentGradients) => void,
): void {
  const tables = chunkTables(g, call);
  const [k, v] = [paddedTo4(call.k), paddedTo4(call.v)];
  const slotBytes = slotBytesOf(call);
  const segments = segmentsOf(call, chunksOfPass(g.caps.limits, call, "backward"));
  const workspace = new Workspace(g, unitsOfLargest(call, segments));
  const kept = g.scratch(keptStateBytes(call));
  // The states of a segment, from a slot on where a binding may begin.
  const statesOf = ({ segment }: ChunkPass): Matrix => {
    const slot = segment.slot - (segment.slot % slotsToAlign(call));
    const bytes = (segment.slot + segment.slots - slot) * slotBytes;
    return { region: { ...kept, offset: slot * slotBytes, bytes }, rows: k, columns: v, slot };
  };
  const final = g.scratch(4 * sequencesOf(call) * call.heads * call.k * call.v);
  const passes = segments.map((segment) => new ChunkPass(g, call, tables, segment, workspace, true));
  let matrices: ChunkMatrices | undefined;
  for (const pass of passes) {
    matrices = chunkMatrices(pass, tensors);
    runChunks(pass, tensors, matrices, statesOf(pass), { initial: ends.initial, final });
  }
  const stateGradients = g.scratch(Math.max(0, ...segments.map(({ slots }) => slots)) * slotBytes);
  for (const pass of passes.toReversed()) {
    const dStates = { region: stateGradients, rows: k, columns: v, slot: pass.segment.slot };
    const states = statesOf(pass);
    const ofCall = { tensors, dO, ends, states, dStates };
    // The last segment's matrices are still there.
    const isKept = pass === passes.at(-1) && matrices;
    collect(segmentBackward(pass, isKept ? isKept : recomputed(pass, tensors, states), ofCall));
  }
}

/** The matrices of a segment once more, and R from the states that are kept. */
function recomputed(pass: ChunkPass, tensors: RankOneTensors, states: Matrix): ChunkMatrices {
  const matrices = chunkMatrices(pass, tensors);
  const { inverse, z, xIn } = matrices;
  const w = pass.matrix("w", pass.call.chunk, xIn.columns);
  const residual = valueMatrix(pass, "residual");
  pass.product(residual, inverse, z);
  pass.product(w, inverse, xIn);
  pass.product(residual, w, states, { alpha: -1, accumulate: true });
  return matrices;
}

interface OfCall {
  readonly tensors: RankOneTensors;
  readonly dO: GpuRegion;
  readonly ends: BackwardEnds;
  readonly states: Matrix;
  readonly dStates: Matrix;
}

function segmentBackward(pass: ChunkPass, matrices: ChunkMatrices, ofCall: OfCall): SegmentGradients {
  const { call } = pass;
  const { tensors, ends, states, dStates } = ofCall;
  const { inverse, reads, qIn, xIn, keys } = matrices;
  const [k, v] = [paddedTo4(call.k), paddedTo4(call.v)];
  const named = (name: string, columns: number) => pass.matrix(name, call.chunk, columns);
  const roles = rolesOf(tensors);
  const of = (role: Role) => roleMatrix(pass, "gradients", roles, role);
  const [residual, dO, dZ] = (["residual", "dO", "dZ"] as const).map((role) => valueMatrix(pass, role)) as [
    Matrix,
    Matrix,
    Matrix,
  ];
  const dR = named("dR", v);

  pass.operand(ofCall.dO, { width: call.v, share: 1, perToken: true, plain: dO });
  pass.product(dR, transposed(reads), dO);
  pass.product(dStates, transposed(qIn), dO);
  const w = pass.matrix("w transposed", k, call.chunk);
  pass.product(w, transposed(xIn), transposed(inverse));
  const out = columnsOut(pass, tensors, named("columns out", k));
  pass.runStates(
    { u: dR, w: out, b: w, states: dStates },
    { initial: ends.dFinal, final: ends.dInitial },
    { backward: true, hasInput: true },
  );
  pass.product(dZ, transposed(inverse), dR);

  const toState = { q: [dO, transposed(states)], x: [dZ, transposed(states)] } as const;
  const beforeRows = call.rowsBeforeGate ? "before" : "in";
  pass.product(of("q"), ...toState.q, { carry: "in" });
  pass.product(of("x"), ...toState.x, { carry: beforeRows, alpha: -1 });
  throughScores(pass, matrices, matrices.y, { dO, dZ, values: residual }, of, of("y"), dStates);
  if (keys) throughScores(pass, matrices, keys.k, { dO, dZ, values: keys.v }, of, of("k"), dStates);
  return { pass, roles, of, dO, dZ, matrices, states, dStates };
}

interface ScoreGradients {
  readonly dO: Matrix;
  readonly dZ: Matrix;
  /** What the columns bring into the state and into o: R, or V. */
  readonly values: Matrix;
}

/** Adds what the scores against `columns` give to the rows and the queries, and sets the gradient of the columns. */
function throughScores(
  pass: ChunkPass,
  { q, x }: ChunkMatrices,
  columns: Matrix,
  { dO, dZ, values }: ScoreGradients,
  of: (role: Role) => Matrix,
  dColumns: Matrix,
  dStates: Matrix,
): void {
  const { call } = pass;
  const strict = pass.matrix("gradient of strict", call.chunk, call.chunk);
  const inclusive = pass.matrix("gradient of reads", call.chunk, call.chunk);
  pass.product(strict, dZ, transposed(values), { alpha: -1, keep: "strict" });
  pass.product(inclusive, dO, transposed(values), { keep: "inclusive" });
  pass.product(dColumns, values, transposed(dStates), { carry: "out" });
  if (call.gate !== "vector") {
    pass.product(of("q"), inclusive, columns, { accumulate: true });
    pass.product(of("x"), strict, columns, { accumulate: true });
    pass.product(dColumns, transposed(inclusive), q, { second: [transposed(strict), x], accumulate: true });
    return;
  }
  const groups = (pass.units * call.chunk * Math.ceil(columns.columns / 64)) / 16;
  const common = { params: vectorParams(pass), groups };
  pass.g.dispatch({
    label: "recurrence (vector rows)",
    shader: rowsShader,
    bindings: [pass.decays, strict.region, inclusive.region, columns.region, of("x").region, of("q").region],
    ...common,
  });
  pass.g.dispatch({
    label: "recurrence (vector columns)",
    shader: columnsShader,
    bindings: [pass.decays, strict.region, inclusive.region, x.region, q.region, dColumns.region],
    ...common,
  });
}
