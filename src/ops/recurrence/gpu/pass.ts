/** One segment of a chunked recurrence: the dispatches that its algorithms are made of. */
import { type GpuRegion, type GpuRun, packParams } from "../../../backends/webgpu/run.js";
import { source as decaysShader } from "../../../generated/shaders/recurrence-decays.js";
import { source as inverseShader } from "../../../generated/shaders/recurrence-inverse.js";
import { source as operandShader } from "../../../generated/shaders/recurrence-operand.js";
import { source as productShader } from "../../../generated/shaders/recurrence-product.js";
import { source as statesShader } from "../../../generated/shaders/recurrence-states.js";
import { groupsFor } from "../../support/gpu.js";
import { gateKinds, gateWidth, type Operand, orderFields, paddedTo4, type RecurrenceCall } from "./call.js";
import type { ChunkTables, Segment } from "./chunks.js";
import type { Workspace } from "./workspace.js";

/** A row-major matrix per unit, rows and columns whole quads; or per slot of the states, counted from `slot`. */
export interface Matrix {
  readonly region: GpuRegion;
  readonly rows: number;
  readonly columns: number;
  readonly transposed?: boolean;
  readonly slot?: number;
}

export function transposed(matrix: Matrix): Matrix {
  return { ...matrix, rows: matrix.columns, columns: matrix.rows, transposed: !matrix.transposed };
}

/** How a row of a chunk decays, as carry() of shaders/common/recurrence-decay.wgsl counts: from the chunk's start, to its end, from
 * its start to the step before. */
export const carries = { none: 0, in: 1, out: 2, before: 3 } as const;
export type Carry = keyof typeof carries;

export interface OperandUse {
  readonly width: number;
  /** Value heads that share a head of it. */
  readonly share: number;
  readonly perToken?: boolean;
  readonly beta?: Operand;
  readonly scale?: number;
  readonly plain?: Matrix;
  readonly carry?: Carry;
  readonly carried?: Matrix;
}

export interface ProductUse {
  readonly second?: readonly [Matrix, Matrix];
  readonly alpha?: number;
  /** Of the first term, by row. */
  readonly carry?: Carry;
  /** What is kept of a matrix of scores, decayed. */
  readonly keep?: "strict" | "inclusive";
  readonly accumulate?: boolean;
}

/** One bit each, in the order of the FLAGS of a shader. */
export function flags(...conditions: readonly unknown[]): number {
  return conditions.reduce((word: number, condition, i) => word | (condition ? 1 << i : 0), 0);
}

export class ChunkPass {
  readonly units: number;
  readonly tables: ChunkTables;
  readonly segment: Segment;
  readonly call: RecurrenceCall;
  readonly g: GpuRun;
  readonly workspace: Workspace;
  /** One of a call for gradients. */
  readonly backward: boolean;
  #decays: GpuRegion | undefined;

  constructor(
    g: GpuRun,
    call: RecurrenceCall,
    tables: ChunkTables,
    segment: Segment,
    workspace: Workspace,
    backward: boolean,
  ) {
    this.g = g;
    this.call = call;
    this.tables = tables;
    this.segment = segment;
    this.workspace = workspace;
    this.backward = backward;
    this.units = (segment.end - segment.first) * call.heads;
  }

  /** A matrix per unit in the workspace. */
  matrix(name: string, rows: number, columns: number): Matrix {
    return { region: this.workspace.region(name, 4 * rows * columns), rows, columns };
  }

  /** One of several such matrices side by side in one region: some shaders read them all. */
  oneOf(name: string, all: readonly string[], one: string, rows: number, columns: number): Matrix {
    const bytes = 4 * this.units * rows * columns;
    const { buffer, offset } = this.workspace.region(name, 4 * all.length * rows * columns);
    return { region: { buffer, offset: offset + all.indexOf(one) * bytes, bytes }, rows, columns };
  }

  /** What the shaders read decays from; without a gate, nothing. */
  get decays(): GpuRegion {
    return this.#decays ?? this.tables.chunks;
  }

  /** The rows of the inverse stand before the gate of their step. */
  get exclusive(): boolean {
    return this.call.rowsBeforeGate && this.call.gate !== "none";
  }

  /** Everything below that decays needs this first. */
  sumGates(gate: Operand | undefined): void {
    const { call, units } = this;
    if (!gate || call.gate === "none") return;
    const width = gateWidth(call);
    this.#decays = this.workspace.region("decays", 8 * call.chunk * width);
    this.g.dispatch({
      label: "recurrence (decays)",
      shader: decaysShader,
      params: packParams(
        ...[this.segment.first, 0, call.heads, call.householders, call.gate === "vector" ? call.k : 1, width],
        ...[units * width, call.chunk, Number(call.signed), ...orderFields(call), 0, 0, 0],
      ),
      bindings: [this.tables.chunks, gate, this.#decays],
      groups: groupsFor(units * width),
    });
  }

  /** Rows of a tensor of the call into matrices: scaled, and decayed to or from the chunk's edge. */
  operand(x: Operand, use: OperandUse): void {
    const { call, units } = this;
    const padded = paddedTo4(use.width);
    const invocations = (units * call.chunk * padded) / 16;
    const { plain, carried } = use;
    this.g.dispatch({
      label: "recurrence (operand)",
      shader: operandShader,
      params: packParams(
        ...[this.segment.first, 0, call.heads, use.share, call.householders],
        ...[use.width, padded, gateWidth(call), invocations, { f32: use.scale ?? 1 }, call.chunk, gateKinds[call.gate]],
        carries[use.carry ?? "none"],
        flags(use.perToken, use.beta, plain, carried, carried?.transposed),
        ...[...orderFields(call), 0, 0],
      ),
      bindings: [
        ...[this.tables.chunks, x, use.beta ?? x, this.decays],
        plain?.region ?? this.workspace.region("unused", 16),
        carried?.region ?? this.workspace.region("unused too", 16),
      ],
      groups: groupsFor(invocations),
    });
  }

  /** z = alpha carry (x y) + second + z. A result of the call (`width` says its channels) takes only rows that exist. */
  product(z: Matrix & { readonly width?: number }, x: Matrix, y: Matrix, use: ProductUse = {}): void {
    const { call } = this;
    const { second, alpha = 1, carry = "none", keep, accumulate = false } = use;
    this.g.dispatch({
      label: "recurrence (product)",
      shader: productShader,
      params: packParams(
        ...[this.segment.first, y.slot ?? z.slot ?? 0, call.heads, call.householders],
        ...[z.rows, z.columns, x.columns, second?.[0].columns ?? 0],
        ...[z.width ?? 0, gateWidth(call), { f32: alpha }, call.chunk, gateKinds[call.gate]],
        ...[carries[carry], keep ? { strict: 1, inclusive: 2 }[keep] : 0],
        flags(
          ...[x.transposed, y.transposed, second?.[0].transposed, second?.[1].transposed],
          ...[y.slot !== undefined, z.slot !== undefined, second, accumulate, z.width !== undefined],
        ),
        ...orderFields(call),
      ),
      bindings: [
        ...[this.tables.chunks, this.decays, x.region, y.region],
        ...[second?.[0].region ?? x.region, second?.[1].region ?? y.region, z.region],
      ],
      groups: this.units * Math.ceil(z.rows / 64) * Math.ceil(z.columns / 64),
    });
  }

  /** (I + A)^-1 in the place of a strictly lower A. */
  invert(matrix: Matrix): void {
    this.g.dispatch({
      label: "recurrence (inverse)",
      shader: inverseShader,
      params: packParams(this.call.chunk, 0),
      bindings: [matrix.region],
      groups: this.units,
    });
  }

  /** Through time: see shaders/recurrence-states.wgsl, which says what u, w, b and states are. */
  runStates(
    matrices: { readonly u: Matrix; readonly w: Matrix; readonly b: Matrix; readonly states: Matrix },
    ends: { readonly initial: GpuRegion | undefined; readonly final: GpuRegion },
    use: { readonly backward: boolean; readonly hasInput: boolean },
  ): void {
    const { call, segment } = this;
    const { u, w, b, states } = matrices;
    const [k, v] = [paddedTo4(call.k), paddedTo4(call.v)];
    // An invocation has one quad of the state up to 128 rows, and the block fits 16 KiB with the residual of a chunk.
    const quads = k <= 64 ? 4 : 2;
    this.g.dispatch({
      label: "recurrence (states)",
      shader: statesShader,
      constants: { QUADS: quads, ROWS: 64 * Math.ceil(k / 64) },
      params: packParams(
        ...[segment.first, segment.end, states.slot ?? 0, call.heads, segment.firstSequence],
        ...[call.k, call.v, k, v, gateWidth(call), call.chunk, gateKinds[call.gate]],
        ...[flags(use.backward, ends.initial, use.hasInput, call.valueFirst), 0],
      ),
      bindings: [
        ...[this.tables.sequences, u.region, w.region, b.region, this.decays],
        ...[ends.initial ?? this.decays, ends.final, states.region],
      ],
      groups: (segment.endSequence - segment.firstSequence) * call.heads * Math.ceil(v / 4 / quads),
    });
  }
}
