/** Gradients of gates on the GPU, from the states and their gradients around every chunk. */
import type { GpuRegion } from "../../backends/webgpu/run.js";
import { source as scalarShader } from "../../generated/shaders/recurrence-scalar-gate-gradients.js";
import { source as signedGradientsShader } from "../../generated/shaders/recurrence-signed-gradients.js";
import { source as signedProductsShader } from "../../generated/shaders/recurrence-signed-products.js";
import { source as stateProductsShader } from "../../generated/shaders/recurrence-state-products.js";
import { source as vectorShader } from "../../generated/shaders/recurrence-vector-gate-gradients.js";
import { type SegmentGradients, signedRows } from "./gpu-backward.js";
import { type Rows, rowsOf } from "./gpu-chunks.js";
import type { GateOnGpu } from "./gpu-gates.js";

/** Invocations of a workgroup with one channel each. */
const channelsPerGroup = 64;

const channelGroups = ({ chunks: { params }, segment }: SegmentGradients) =>
  segment.chunks * Math.ceil((params.valueHeads * params.k) / channelsPerGroup);

/** Products of state and gradient behind every chunk, [chunk][head] or [chunk][head][channel of k]. */
function stateProducts({ chunks, segment, states, gradients }: SegmentGradients): GpuRegion {
  const { vector, g, params } = chunks;
  const count = segment.chunks * params.valueHeads;
  const ends = g.scratch(4 * count * (vector ? params.k : 1));
  chunks.launch("products of states", stateProductsShader, segment, {
    constants: { VECTOR: vector },
    bindings: (table) => [states, gradients, table, ends],
    groups: count,
  });
  return ends;
}

/** Log-decays of rows, or, as a sum for every chunk of the call, of heads. */
export function scalarGateGradients(made: SegmentGradients, result: Rows, perHead: boolean): void {
  const { chunks, segment, decays, rows, dq, dk } = made;
  const ends = stateProducts(made);
  chunks.launch("gradients of gates", scalarShader, segment, {
    constants: { PER_HEAD: perHead, QUADS: chunks.quads, X_FORMAT: rows.q.format, Z_FORMAT: rows.k.format },
    x: rows.q,
    y: dq,
    z: rows.k,
    result,
    bindings: (table) => [rows.q.region, dq.region, rows.k.region, dk.region, ends, decays, table, result.region],
    groups: segment.chunks * chunks.params.valueHeads,
  });
}

/** Log-decays of rows and channels. */
export function vectorGateGradients(made: SegmentGradients, result: Rows, exclusive: boolean): void {
  const { chunks, segment, decays, rows, dq, dk } = made;
  const ends = stateProducts(made);
  chunks.launch("gradients of gates", vectorShader, segment, {
    constants: { EXCLUSIVE: exclusive, VECTOR: true, X_FORMAT: rows.q.format, Z_FORMAT: rows.k.format },
    x: rows.q,
    y: dq,
    z: rows.k,
    result,
    bindings: (table) => [rows.q.region, dq.region, rows.k.region, dk.region, ends, decays, table, result.region],
    groups: channelGroups(made),
  });
}

/** Factors of either sign: always a gradient per channel, [row][head][channel of k]. */
export function signedGateGradients(made: SegmentGradients, gate: GateOnGpu, result: Rows, exclusive = false): void {
  const { chunks, segment, states, gradients, rows } = made;
  const { params, vector, g } = chunks;
  const count = segment.chunks * params.valueHeads;
  const products = g.scratch(4 * count * ((2 * signedRows + 1) * params.k + signedRows ** 2));
  chunks.launch("products for signed gates", signedProductsShader, segment, {
    constants: { QUADS: chunks.quads, X_FORMAT: rows.dO.format, Y_FORMAT: rows.v.format },
    x: rows.dO,
    y: rows.v,
    bindings: (table) => [rows.dO.region, rows.v.region, states, gradients, table, products],
    groups: count,
  });
  const y = rowsOf(params, gate.operand, "value", vector ? params.k : 1);
  chunks.launch("gradients of signed gates", signedGradientsShader, segment, {
    constants: {
      VECTOR: vector,
      EXCLUSIVE: exclusive,
      X_FORMAT: rows.q.format,
      Y_FORMAT: y.format,
      Z_FORMAT: rows.k.format,
    },
    x: rows.q,
    y,
    z: rows.k,
    result,
    bindings: (table) => [rows.q.region, y.region, rows.k.region, products, table, result.region],
    groups: channelGroups(made),
  });
}
