/**
 * Chunks of the recurrences whose state goes through I + x y^T (delta rule: x = -beta k, y = k; low rank: x = b, y = a). With
 * the rows X, the columns Y, queries Q and L the decays between steps, a chunk is
 *   A = strictly lower (X Y^T) L,  T = (I + A)^-1,  R = T (Z - (decayed X) S),  O = (decayed Q) S + P R,  P = lower (Q Y^T) L,
 * where X = beta K, Y = K and Z = beta V for the delta rule; X = -A, Y = B and Z = lower (A K^T) L V for the low-rank one,
 * whose keys add O += lower (Q K^T) L V and S' += (decayed K)^T V besides.
 */
import { packParams } from "../../../backends/webgpu/run.js";
import { source as scoresShader } from "../../../generated/shaders/recurrence-vector-scores.js";
import { gateKinds, type Operand, paddedTo4 } from "./call.js";
import { type ChunkPass, type Matrix, transposed } from "./pass.js";

/** The tensors of a call, in f32. */
export interface RankOneTensors {
  readonly q: Operand;
  readonly k: Operand;
  readonly v: Operand;
  readonly gate: Operand | undefined;
  /** Of the delta rule. */
  readonly beta?: Operand;
  /** Of the low-rank recurrence. */
  readonly factors?: { readonly a: Operand; readonly b: Operand };
}

/** Queries, rows, columns, and the keys of the low-rank recurrence. */
export type Role = "q" | "x" | "y" | "k";
export const rolesOf = ({ factors }: RankOneTensors): readonly Role[] =>
  factors ? ["q", "x", "y", "k"] : ["q", "x", "y"];

/** [roles][unit][chunk][k]; the gradients of gates read all of them. */
export function roleMatrix(pass: ChunkPass, name: string, roles: readonly Role[], role: Role): Matrix {
  return pass.oneOf(name, roles, role, pass.call.chunk, paddedTo4(pass.call.k));
}

/** [these][unit][chunk][v]: R and, on the way back, dO and dZ. */
const valueRoles = ["residual", "dO", "dZ"] as const;
export function valueMatrix(pass: ChunkPass, role: (typeof valueRoles)[number]): Matrix {
  const roles = pass.backward ? valueRoles : valueRoles.slice(0, 1);
  return pass.oneOf("values", roles, role, pass.call.chunk, paddedTo4(pass.call.v));
}

export interface ChunkMatrices {
  readonly q: Matrix;
  readonly x: Matrix;
  readonly y: Matrix;
  /** Decayed from the chunk's start. */
  readonly qIn: Matrix;
  readonly xIn: Matrix;
  /** z of the formula above. */
  readonly z: Matrix;
  readonly inverse: Matrix;
  /** P */
  readonly reads: Matrix;
  readonly keys?: KeyMatrices;
}

/** What the keys of the low-rank recurrence add. */
export interface KeyMatrices {
  readonly k: Matrix;
  readonly kOut: Matrix;
  readonly v: Matrix;
  /** Scores of rows and of queries against keys. */
  readonly strict: Matrix;
  readonly reads: Matrix;
}

/** strict = rows against earlier columns, inclusive = queries against columns up to their own, decayed. */
export function scores(pass: ChunkPass, strict: Matrix, inclusive: Matrix, x: Matrix, q: Matrix, y: Matrix): void {
  const { call } = pass;
  if (call.gate !== "vector") {
    pass.product(strict, x, transposed(y), { keep: "strict" });
    pass.product(inclusive, q, transposed(y), { keep: "inclusive" });
    return;
  }
  pass.g.dispatch({
    label: "recurrence (vector scores)",
    shader: scoresShader,
    params: vectorParams(pass),
    bindings: [pass.decays, x.region, q.region, y.region, strict.region, inclusive.region],
    groups: pass.units * (call.chunk / 16) ** 2,
  });
}

/** Params of the shaders recurrence-vector-*. */
export function vectorParams({ call, exclusive }: ChunkPass): ArrayBuffer {
  const width = paddedTo4(call.k);
  return packParams(width, width, call.chunk, gateKinds[call.gate], Number(exclusive), 0);
}

/** Everything of a pass that is alike for all chunks. */
export function chunkMatrices(pass: ChunkPass, tensors: RankOneTensors): ChunkMatrices {
  const { call } = pass;
  const { share, chunk, scale } = call;
  const { q, k, v, gate, beta, factors } = tensors;
  const [kWidth, vWidth] = [paddedTo4(call.k), paddedTo4(call.v)];
  const roles = rolesOf(tensors);
  const role = (name: Role) => roleMatrix(pass, "operands", roles, name);
  const named = (name: string, columns: number) => pass.matrix(name, chunk, columns);
  pass.sumGates(gate);
  const result = {
    ...{ q: role("q"), x: role("x"), y: role("y") },
    ...{ qIn: named("q in", kWidth), xIn: named("x in", kWidth), z: named("z", vWidth) },
    ...{ inverse: named("inverse", chunk), reads: named("reads", chunk) },
  };
  const ofK = { width: call.k, share };
  pass.operand(q, { ...ofK, perToken: true, scale, plain: result.q, carry: "in", carried: result.qIn });
  const rows = factors ? { scale: -1, carry: "before" as const } : { carry: "in" as const, ...(beta ? { beta } : {}) };
  pass.operand(factors?.a ?? k, { ...ofK, ...rows, plain: result.x, carried: result.xIn });
  pass.operand(factors?.b ?? k, { ...ofK, plain: result.y });
  scores(pass, result.inverse, result.reads, result.x, result.q, result.y);
  pass.invert(result.inverse);
  const values = { width: call.v, share: 1 };
  if (!factors) {
    pass.operand(v, { ...values, ...(beta ? { beta } : {}), plain: result.z });
    return result;
  }
  const keys = {
    ...{ k: role("k"), kOut: named("k out", kWidth), v: named("v", vWidth) },
    ...{ strict: named("strict of keys", chunk), reads: named("reads of keys", chunk) },
  };
  pass.operand(k, { ...ofK, plain: keys.k, carry: "out", carried: keys.kOut });
  pass.operand(v, { ...values, plain: keys.v });
  scores(pass, keys.strict, keys.reads, result.x, result.q, keys.k);
  pass.product(result.z, keys.strict, keys.v, { alpha: -1 });
  return { ...result, keys };
}

/** The columns decayed to the chunk's end, [chunk, k]. */
export function columnsOut(pass: ChunkPass, { k, factors }: RankOneTensors, carried: Matrix): Matrix {
  const { call } = pass;
  pass.operand(factors?.b ?? k, { width: call.k, share: call.share, carry: "out", carried });
  return carried;
}

/** R of every chunk, and the states between them. */
export function runChunks(
  pass: ChunkPass,
  tensors: RankOneTensors,
  matrices: ChunkMatrices,
  states: Matrix,
  ends: Parameters<ChunkPass["runStates"]>[1],
): Matrix {
  const { chunk, k } = pass.call;
  const { inverse, z, xIn, keys } = matrices;
  const u = valueMatrix(pass, "residual");
  const w = pass.matrix("w", chunk, paddedTo4(k));
  pass.product(u, inverse, z);
  pass.product(w, inverse, xIn);
  const out = columnsOut(pass, tensors, transposed(pass.matrix("columns out", paddedTo4(k), chunk)));
  if (keys) pass.product(states, transposed(keys.kOut), keys.v);
  pass.runStates({ u, w, b: out, states }, ends, { backward: false, hasInput: keys !== undefined });
  return u;
}
