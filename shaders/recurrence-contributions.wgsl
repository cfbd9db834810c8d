// What a chunk adds to the state, for all chunks at once: the sum over rows of what is left of k at the end, times v. REVERSED:
// what it adds to the gradient of the state before it, the sum of what q sees of that state, times dO.
// A workgroup makes 32 channels of k against all of v.
//!include common/recurrence.wgsl

@group(0) @binding(0) var<uniform> params: Params;
// k and v; REVERSED: q and dO.
@group(0) @binding(1) var<storage, read> x: array<vec4u>;
@group(0) @binding(2) var<storage, read> z: array<vec4u>;
@group(0) @binding(3) var<storage, read> decays: array<vec4f>;
@group(0) @binding(4) var<storage, read> table: array<vec2u>;
@group(0) @binding(5) var<storage, read_write> states: array<vec4f>;

//!include common/workgroup.wgsl
//!include common/recurrence-decays.wgsl
//!include common/recurrence-x.wgsl
//!include common/recurrence-z.wgsl

// Blocks of 64 channels of v.
const COLUMN_BLOCKS: u32 = 1;

fn load_own(kind: u32, base: u32, row: u32, channel: u32) -> vec4f {
  return vec4f();
}

fn load_other(kind: u32, base: u32, row: u32, channel: u32) -> vec4f {
  return load_z(base, row, channel, params.values);
}

//!include common/attention-tiles.wgsl

@compute @workgroup_size(128)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lid: u32,
) {
  let g = group_index(wid, nwg);
  if (g >= params.group_count) { return; }
  let tiles = (params.keys + OWN - 1u) / OWN;
  let first_channel = g % tiles * OWN;
  let head = g / tiles % params.heads;
  let chunk = chunk_of(g / tiles / params.heads);
  rows_here = chunk.rows;
  let x_base = start_of(params.x, chunk, head);
  let z_base = start_of(params.z, chunk, head);

  var sums: array<mat4x4f, COLUMN_BLOCKS>;
  for (var first = 0u; first < chunk.rows; first += OTHER) {
    for (var i = lid; i < 8u * OTHER; i += 128u) {
      let row = first + i / 8u;
      let quad = first_channel / 4u + i % 8u;
      var own = load_x(x_base, row, quad * 4u, params.keys);
      if (row < chunk.rows && quad < key_quads()) {
        if (REVERSED) { own *= params.scale * from_start(chunk.index, head, row, quad); }
        else { own *= to_end(chunk.index, head, row, quad); }
      }
      weights[i % 8u * OTHER + i / 8u] = own;
    }
    for (var block = 0u; block < COLUMN_BLOCKS; block += 1u) {
      sums[block] = weighted(sums[block], 0u, z_base, first, block, lid);
    }
  }
  let channel = first_channel + lid / 16u * 4u;
  let start = state_start(chunk.slot, head);
  for (var i = 0u; i < 4u && channel + i < params.keys; i += 1u) {
    for (var block = 0u; block < COLUMN_BLOCKS; block += 1u) {
      let quad = block * 16u + lid % 16u;
      if (quad < value_quads()) { states[start + (channel + i) * value_quads() + quad] = sums[block][i]; }
    }
  }
}
