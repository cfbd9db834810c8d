// A gradient of the call from those of the value heads: per row scale sum_h (beta_h x_h + y_h) over the heads that share it.
// An invocation writes one element.
struct Params {
  group_base: u32,
  group_count: u32,
  chunk0: u32,
  slot0: u32,
  heads: u32,
  share: u32,
  householders: u32,
  width: u32,
  padded: u32,
  invocations: u32,
  scale: f32,
  chunk: u32,
  // Of the FLAGS below.
  flags: u32,
  tokens: u32,
  order: u32,
  pad0: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> chunks: array<vec4u>;
// [unit][chunk][padded]
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read> y: array<f32>;
@group(0) @binding(4) var<storage, read> beta: array<f32>;
@group(0) @binding(5) var<storage, read_write> gradient: array<f32>;

//!include common/workgroup.wgsl
//!include common/recurrence-order.wgsl

const HAS_BETA: u32 = 1u << 0u;
const HAS_Y: u32 = 1u << 1u;
// The gradient has a row per token, of the last of its micro-steps.
const PER_TOKEN: u32 = 1u << 2u;

fn has(flag: u32) -> bool {
  return (params.flags & flag) != 0u;
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lid: u32,
) {
  let g = group_index(wid, nwg);
  if (g >= params.group_count) { return; }
  let invocation = g * 256u + lid;
  if (invocation >= params.invocations) { return; }
  let heads = params.heads / params.share;
  let channel = invocation % params.width;
  let head = invocation / params.width % heads;
  let row = invocation / params.width / heads % params.chunk;
  let chunk = invocation / params.width / heads / params.chunk;
  let entry = chunks[params.chunk0 + chunk];
  let step = entry.x + row;
  if (row >= entry.y || (has(PER_TOKEN) && (step + 1u) % params.householders != 0u)) { return; }
  var sum = 0.0;
  for (var shared_head = head * params.share; shared_head < (head + 1u) * params.share; shared_head += 1u) {
    let at = ((chunk * params.heads + shared_head) * params.chunk + row) * params.padded + channel;
    var term = x[at];
    if (has(HAS_BETA)) { term *= beta[step_row(entry, step, shared_head, params.heads)]; }
    if (has(HAS_Y)) { term += y[at]; }
    sum += term;
  }
  var at = step_row(entry, step, head, heads);
  if (has(PER_TOKEN)) { at = token_row(entry, step, head, heads); }
  gradient[at * params.width + channel] = params.scale * sum;
}
