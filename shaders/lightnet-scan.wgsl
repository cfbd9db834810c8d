// Over the chunks of a unit, the states that each makes alone become the states before each (BACK: the gradients after each), from
// `ends`, which the last one replaces. Two states are added at the greater reference, gradients at the smaller: factors are at
// most 1. An invocation takes one quad of one row.
//!include common/lightnet.wgsl
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> alone: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> before: array<vec4f>;
@group(0) @binding(3) var<storage, read> starts: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> ends: array<vec4f>;
//!include common/workgroup.wgsl

const BACK: bool = false;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lid: u32,
) {
  let g = group_index(wid, nwg);
  let i = g * 64u + lid;
  let quads = ROW + 1u;
  if (g >= params.group_count || i >= params.units * params.d * quads) { return; }
  let quad = i % quads;
  let channel = i / quads % params.d;
  let unit = i / quads / params.d;
  // Quad 0 is the reference and the sum, which scales as the state does.
  let source = row_at(unit, channel);
  var reference = starts[source].x;
  var sum = starts[source + quad];
  for (var step = 0u; step < params.chunks; step += 1u) {
    let chunk = select(step, params.chunks - 1u - step, BACK);
    let at = row_at(unit * params.chunks + chunk, channel);
    before[at + quad] = select(sum, vec4f(reference, sum.yzw), quad == 0u);
    let other = alone[at].x;
    let meeting = select(max(reference, other), min(reference, other), BACK);
    sum = sum * exp_nonpositive(-abs(reference - meeting)) + alone[at + quad] * exp_nonpositive(-abs(other - meeting));
    reference = meeting;
  }
  ends[source + quad] = select(sum, vec4f(reference, sum.yzw), quad == 0u);
}
