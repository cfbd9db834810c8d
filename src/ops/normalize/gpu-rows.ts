/** How rows are shared out over a GPU's workgroups: the constants of shaders/common/rows.wgsl and row-quads.wgsl. */
import { groupSize } from "../support/gpu.js";
import type { Rows } from "./rows.js";

/** Quads that an invocation may keep in registers: 32 numbers leave enough for as many workgroups as hide their waits. */
const mostKept = 8;
/** Invocations that keep a large device busy. */
const enoughInvocations = 65536;

export interface RowShares {
  /** Rows of adjacent quads: the variant of the shader that moves 16 bytes at a time. */
  readonly quads: boolean;
  readonly constants: Readonly<Record<string, string>>;
  readonly groups: number;
  /** Of rows, n, inner. */
  readonly params: readonly [number, number, number];
}

const powerAbove = (x: number): number => 2 ** Math.ceil(Math.log2(Math.max(1, x)));

function lanesFor({ outer, n, inner }: Rows): number {
  // Two quads of a row for each invocation, where rows are adjacent; elsewhere as few as keep the device busy.
  const wanted = inner === 1 ? powerAbove(n / 8) : powerAbove(Math.min(n / 4, enoughInvocations / (outer * inner)));
  return Math.min(groupSize, wanted);
}

/** @param hasQuads whether the shader has a variant for them */
export function shareRows(rows: Rows, hasQuads = true): RowShares {
  const { outer, n, inner } = rows;
  const lanes = lanesFor(rows);
  const quads = hasQuads && inner === 1 && n % 4 === 0;
  const perLane = Math.ceil(n / 4 / lanes);
  return {
    quads,
    constants: {
      LANES: `${lanes}u`,
      COLUMNS: String(inner > 1),
      ...(quads ? { KEPT: `${perLane <= mostKept ? perLane : 0}u` } : {}),
    },
    groups: Math.ceil((outer * inner * lanes) / groupSize),
    params: [outer * inner, n, inner],
  };
}
