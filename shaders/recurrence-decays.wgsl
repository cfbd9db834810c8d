// Sums of the gates inside every chunk, as common/recurrence-decay.wgsl reads them. An invocation walks down one channel of
// a unit. Rows past the end of a sequence decay by nothing; of a token's micro-steps the first one carries the gate.
struct Params {
  group_base: u32,
  group_count: u32,
  chunk0: u32,
  slot0: u32,
  heads: u32,
  householders: u32,
  // Channels of a gate, and with the padding to whole quads.
  width: u32,
  gate_width: u32,
  invocations: u32,
  chunk: u32,
  // Gates are factors, negative and zero ones among them; 0: logarithms of factors, -inf among them.
  signed_gate: u32,
  tokens: u32,
  order: u32,
  pad0: u32,
  pad1: u32,
  pad2: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> chunks: array<vec4u>;
@group(0) @binding(2) var<storage, read> gate: array<f32>;
@group(0) @binding(3) var<storage, read_write> decays: array<u32>;

//!include common/workgroup.wgsl
//!include common/recurrence-chunks.wgsl
//!include common/recurrence-order.wgsl
//!include common/math.wgsl

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
  let unit = invocation / params.gate_width;
  let channel = invocation % params.gate_width;
  let entry = chunk_of(unit);
  let part = params.chunk * params.gate_width;
  var logs = 0.0;
  var marks = 0u;
  for (var row = 0u; row < params.chunk; row += 1u) {
    let step = entry.x + row;
    if (row < entry.y && channel < params.width && step % params.householders == 0u) {
      let x = gate[token_row(entry, step, unit % params.heads, params.heads) * params.width + channel];
      let bits = bitcast<u32>(x);
      if (params.signed_gate == 1u) {
        if ((bits & 0x7f800000u) == 0u) {
          marks += 2u;
        } else {
          logs += log4(vec4f(abs(x))).x;
          marks ^= bits >> 31u;
        }
      } else if (bits == 0xff800000u) {
        marks += 2u;
      } else {
        logs += x;
      }
    }
    let at = 2u * unit * part + row * params.gate_width + channel;
    decays[at] = bitcast<u32>(logs);
    decays[at + part] = marks;
  }
}
