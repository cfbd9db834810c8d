// Weights e^(x - z) and log decays of the additive recurrence, an invocation per channel (assembly/lightnet/f32-gates.ts).
//!include common/lightnet-gates.wgsl
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> m0: array<f32>;
@group(0) @binding(3) var<storage, read> l0: array<f32>;
@group(0) @binding(4) var<storage, read_write> weights: array<f32>;
@group(0) @binding(5) var<storage, read_write> gates: array<f32>;
@group(0) @binding(6) var<storage, read_write> maxima: array<f32>;
@group(0) @binding(7) var<storage, read_write> sums: array<f32>;
//!include common/workgroup.wgsl
//!include common/math.wgsl

const HAS_GATE: bool = false;
const HAS_SUM: bool = false;

// ln(1 - weight), and where the weight is great the difference of the sums, which then has the digits.
fn log_decay(before: Gate, after: Gate, weight: f32) -> f32 {
  let logs = log4(vec4f(before.sum / after.sum, 1.0, 1.0, 1.0)).x;
  let near = log1p4(vec4f(-weight, 0.0, 0.0, 0.0)).x;
  let decay = select(before.most - after.most + logs, near, weight <= 0.5);
  return select(decay, 0.0, before.sum == 0.0);
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lid: u32,
) {
  let g = group_index(wid, nwg);
  let i = g * 64u + lid;
  if (g >= params.group_count || i >= params.units * params.d) { return; }
  let unit = i / params.d;
  let channel = i % params.d;
  let at = (params.first_unit + unit) * params.d + channel;
  var gate = Gate(EMPTY, 0.0, 1.0, 0.0);
  if (HAS_GATE) {
    var sum = 1.0;
    if (HAS_SUM) { sum = l0[at]; }
    if (!is_hidden(m0[at]) && sum != 0.0) { gate = Gate(m0[at], sum, 1.0, 0.0); }
  }
  for (var t = 0u; t < params.tokens; t += 1u) {
    let token = key_at(unit, t) + channel;
    let next = next_gate(gate, x[token]);
    let weight = over(next.weight, next.sum);
    weights[token] = weight;
    gates[token] = log_decay(gate, next, weight);
    gate = next;
  }
  maxima[at] = bitcast<f32>(select(bitcast<u32>(gate.most), 0xff800000u, gate.most == EMPTY));
  sums[at] = gate.sum;
}
