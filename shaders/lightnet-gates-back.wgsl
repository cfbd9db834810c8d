// Gradients of the logits through weights and log decays (assembly/lightnet/f32-gates.ts), an invocation per channel.
//!include common/lightnet-gates.wgsl
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> weights: array<f32>;
@group(0) @binding(2) var<storage, read> gates: array<f32>;
@group(0) @binding(3) var<storage, read> of_weights: array<f32>;
@group(0) @binding(4) var<storage, read> of_gates: array<f32>;
@group(0) @binding(5) var<storage, read> of_end: array<f32>;
@group(0) @binding(6) var<storage, read_write> dx: array<f32>;
@group(0) @binding(7) var<storage, read_write> of_start: array<f32>;
//!include common/workgroup.wgsl

const HAS_END: bool = false;

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
  // Of the normaliser after the token at hand.
  var dz = 0.0;
  if (HAS_END) { dz = of_end[at]; }
  for (var t = params.tokens; t > 0u; t -= 1u) {
    let token = key_at(unit, t - 1u) + channel;
    let weight = weights[token];
    let gate = gates[token];
    // The first of its channel: nothing decayed for it, and its log decay moves with no logit.
    let is_first = weight == 1.0 && gate == 0.0;
    let of_gate = select(of_gates[token], 0.0, is_first);
    let rest = dz - of_gate - of_weights[token] * weight;
    dx[token] = weight * (of_weights[token] + rest);
    dz = fma(select(exp_nonpositive(gate), 0.0, is_first), rest, of_gate);
  }
  of_start[at] = dz;
}
