// Copies an operand of the call into [unit][chunk][padded] with zeros past its rows and channels, so that the products need
// no bounds: `plain` = scale beta x, and `carried`, the same decayed to or from the chunk's edge. An invocation moves four
// rows of four channels.
struct Params {
  group_base: u32,
  group_count: u32,
  chunk0: u32,
  slot0: u32,
  heads: u32,
  // Value heads that share a head of x.
  share: u32,
  householders: u32,
  // Channels, and with the padding to whole quads.
  width: u32,
  padded: u32,
  gate_width: u32,
  invocations: u32,
  scale: f32,
  chunk: u32,
  gate: u32,
  // carry() of common/recurrence-decay.wgsl.
  carry: u32,
  // Of the FLAGS below.
  flags: u32,
  tokens: u32,
  order: u32,
  pad0: u32,
  pad1: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> chunks: array<vec4u>;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read> beta: array<f32>;
@group(0) @binding(4) var<storage, read> decays: array<u32>;
@group(0) @binding(5) var<storage, read_write> plain: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> carried: array<vec4f>;

//!include common/workgroup.wgsl
//!include common/recurrence-chunks.wgsl
//!include common/recurrence-order.wgsl
//!include common/recurrence-decay.wgsl

// x has a row per token, read at the last of its micro-steps.
const PER_TOKEN: u32 = 1u << 0u;
const HAS_BETA: u32 = 1u << 1u;
const PLAIN: u32 = 1u << 2u;
const CARRIED: u32 = 1u << 3u;
// Carried as [padded][chunk].
const TRANSPOSED: u32 = 1u << 4u;

fn has(flag: u32) -> bool {
  return (params.flags & flag) != 0u;
}

fn load(entry: vec4u, head: u32, row: u32, channel: u32) -> vec4f {
  let step = entry.x + row;
  if (row >= entry.y || (has(PER_TOKEN) && (step + 1u) % params.householders != 0u)) { return vec4f(); }
  var factor = params.scale;
  if (has(HAS_BETA)) { factor *= beta[step_row(entry, step, head, params.heads)]; }
  let heads = params.heads / params.share;
  var at = step_row(entry, step, head / params.share, heads);
  if (has(PER_TOKEN)) { at = token_row(entry, step, head / params.share, heads); }
  at = at * params.width + channel;
  var result = vec4f();
  for (var i = 0u; i < 4u && channel + i < params.width; i += 1u) { result[i] = factor * x[at + i]; }
  return result;
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
  let quads = params.padded / 4u;
  let row = invocation / quads % (params.chunk / 4u) * 4u;
  let quad = invocation % quads;
  let unit = invocation / quads / (params.chunk / 4u);
  let entry = chunk_of(unit);
  let channels = vec4u(4u * quad) + vec4u(0u, 1u, 2u, 3u);
  var block: mat4x4f;
  for (var i = 0u; i < 4u; i += 1u) {
    let values = load(entry, unit % params.heads, row + i, 4u * quad);
    if (has(PLAIN)) { plain[(unit * params.chunk + row + i) * quads + quad] = values; }
    block[i] = values * carry(params.carry, unit, row + i, channels);
  }
  if (!has(CARRIED)) { return; }
  if (has(TRANSPOSED)) {
    block = transpose(block);
    for (var i = 0u; i < 4u; i += 1u) {
      carried[(unit * params.padded + 4u * quad + i) * (params.chunk / 4u) + row / 4u] = block[i];
    }
    return;
  }
  for (var i = 0u; i < 4u; i += 1u) { carried[(unit * params.chunk + row + i) * quads + quad] = block[i]; }
}
