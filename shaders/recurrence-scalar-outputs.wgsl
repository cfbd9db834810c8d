// With one decay per row, o, dq, dk and dv are one computation under different names: x y^T, times the decay between the two rows,
// times z; and x times what it sees of the state before the chunk.
//   o  = scale (q k^T) v  + scale q S      dk = scale (v dO^T) q  + v dS^T    (REVERSED)
//   dq = scale (dO v^T) k + scale dO S^T   dv = scale (k q^T) dO + k dS       (REVERSED)
// REVERSED: a row sees those behind it, and the gradient of the state behind the chunk. A workgroup makes 32 rows of a chunk.
//!include common/recurrence.wgsl

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4u>;
@group(0) @binding(2) var<storage, read> y: array<vec4u>;
@group(0) @binding(3) var<storage, read> z: array<vec4u>;
@group(0) @binding(4) var<storage, read> decays: array<vec4f>;
@group(0) @binding(5) var<storage, read> states: array<vec4f>;
@group(0) @binding(6) var<storage, read> table: array<vec2u>;
@group(0) @binding(7) var<storage, read_write> result: array<u32>;

//!include common/workgroup.wgsl
//!include common/recurrence-decays.wgsl
//!include common/recurrence-x.wgsl
//!include common/recurrence-y.wgsl
//!include common/recurrence-z.wgsl
//!include common/recurrence-result.wgsl
//!include common/recurrence-tiles.wgsl

// Channels of x and y, and of z and the result.
fn depth() -> u32 {
  return select(params.keys, params.values, TRANSPOSED);
}

fn width() -> u32 {
  return select(params.values, params.keys, TRANSPOSED);
}

fn load_own(kind: u32, base: u32, row: u32, channel: u32) -> vec4f {
  return load_x(base, row, channel, depth());
}

fn load_other(kind: u32, base: u32, row: u32, channel: u32) -> vec4f {
  if (kind == 0u) { return load_y(base, row, channel, depth()); }
  return load_z(base, row, channel, width());
}

@compute @workgroup_size(128)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lid: u32,
) {
  let g = group_index(wid, nwg);
  if (g >= params.group_count) { return; }
  let tiles = (params.chunk + OWN - 1u) / OWN;
  let row0 = g % tiles * OWN;
  let head = g / tiles % params.heads;
  let chunk = chunk_of(g / tiles / params.heads);
  if (row0 >= chunk.rows) { return; }
  rows_here = chunk.rows;
  let x_base = start_of(params.x, chunk, head);
  let y_base = start_of(params.y, chunk, head);
  let z_base = start_of(params.z, chunk, head);
  let tx = lid % 16u;
  let row = row0 + lid / 16u * 4u;

  var sums: array<mat4x4f, COLUMN_BLOCKS>;
  let first = select(0u, row0 / OTHER * OTHER, REVERSED);
  let last = select(min(row0 + OWN, chunk.rows), chunk.rows, REVERSED);
  for (var other0 = first; other0 < last; other0 += OTHER) {
    var s = products(0u, x_base, y_base, row0, other0, depth(), lid);
    let others = vec4u(other0 + tx) + vec4u(0u, 16u, 32u, 48u);
    let other_sums = sums_of(chunk.index, head, others);
    for (var i = 0u; i < 4u; i += 1u) {
      let own_sums = sums_at(chunk.index, head, row + i);
      if (REVERSED) { s[i] *= select(vec4f(), params.scale * kept(other_sums, own_sums), others >= vec4u(row + i)); }
      else { s[i] *= select(vec4f(), params.scale * kept(own_sums, other_sums), others <= vec4u(row + i)); }
    }
    set_weights(s, lid);
    for (var block = 0u; block < COLUMN_BLOCKS; block += 1u) {
      sums[block] = weighted_seen(sums[block], 1u, z_base, row0, other0, block, lid);
    }
  }
  let state = state_start(chunk.slot, head);
  var weights_of_state = params.scale * kept(sums_of(chunk.index, head, vec4u(row) + vec4u(0u, 1u, 2u, 3u)), Sums());
  if (REVERSED) {
    for (var i = 0u; i < 4u; i += 1u) { weights_of_state[i] = decays[scalar_at(chunk.index, head, row + i)].w; }
  }
  for (var channel = 0u; channel < depth(); channel += OTHER) {
    var rows: mat4x4f;
    for (var i = 0u; i < 4u; i += 1u) {
      rows[i] = weights_of_state[i] * load_x(x_base, row + i, channel + tx * 4u, depth());
    }
    set_rows(rows, lid);
    for (var block = 0u; block < COLUMN_BLOCKS; block += 1u) {
      sums[block] = weighted_states(sums[block], state, channel, block, lid);
    }
  }
  let result_base = start_of(params.result, chunk, head);
  for (var i = 0u; i < 4u && row + i < chunk.rows; i += 1u) {
    let at = result_base + (row + i) * step_of(params.result);
    for (var block = 0u; block < COLUMN_BLOCKS; block += 1u) {
      store_result(at, block * 64u + tx * 4u, width(), sums[block][i]);
    }
  }
}
