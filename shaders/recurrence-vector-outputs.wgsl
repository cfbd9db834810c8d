// o and dv with a decay per row and channel of q and k:
//   o  = scale A v  + scale (q seen) S     A_ij = sum over channels of q_i k_j times the decays after j up to i
//   dv = scale A^T dO + (k left) dS        (REVERSED)
// EXCLUSIVE: decays after j and before i, and on the diagonal `bonus` in place of 1, or 0 without one. A is exact products
// of decays within a block of 16 rows, and factors at the blocks' edges between blocks. A workgroup makes 32 rows of a chunk.
//!include common/recurrence.wgsl

@group(0) @binding(0) var<uniform> params: Params;
// q, k, v; REVERSED: k, q, dO.
@group(0) @binding(1) var<storage, read> x: array<vec4u>;
@group(0) @binding(2) var<storage, read> y: array<vec4u>;
@group(0) @binding(3) var<storage, read> z: array<vec4u>;
@group(0) @binding(4) var<storage, read> decays: array<vec4f>;
@group(0) @binding(5) var<storage, read> states: array<vec4f>;
@group(0) @binding(6) var<storage, read> table: array<vec2u>;
@group(0) @binding(7) var<storage, read> bonus: array<f32>;
@group(0) @binding(8) var<storage, read_write> result: array<u32>;

//!include common/workgroup.wgsl
//!include common/recurrence-decays.wgsl
//!include common/recurrence-blocks.wgsl
//!include common/recurrence-bonus.wgsl
//!include common/recurrence-x.wgsl
//!include common/recurrence-y.wgsl
//!include common/recurrence-z.wgsl
//!include common/recurrence-result.wgsl
//!include common/recurrence-tiles.wgsl

fn load_own(kind: u32, base: u32, row: u32, channel: u32) -> vec4f {
  return load_x(base, row, channel, params.keys);
}

fn load_other(kind: u32, base: u32, row: u32, channel: u32) -> vec4f {
  return load_z(base, row, channel, params.values);
}

struct Home {
  chunk: u32,
  head: u32,
  row0: u32,
  x_base: u32,
  y_base: u32,
}

// Decays between blocks for the 16 channels of a step, [own block of the tile][channel].
var<workgroup> gaps: array<vec4f, 32>;

// A between own rows and the rows of other blocks: products() of the attention tiles with every row brought to its block's edge.
fn block_products(home: Home, lid: u32) -> mat4x4f {
  var s = mat4x4f();
  for (var channel = 0u; channel < params.keys; channel += STEP) {
    let quad = channel / 4u + lid % 4u;
    for (var part = 0u; part < 3u; part += 1u) {
      // A third of the rows to load is own, the rest are the others.
      let row = select((part - 1u) * 32u, home.row0, part == 0u) + lid / 4u;
      var value = vec4f();
      if (row < rows_here && quad < key_quads()) {
        if (part == 0u) { value = load_x(home.x_base, row, quad * 4u, params.keys); }
        else { value = load_y(home.y_base, row, quad * 4u, params.keys); }
        if ((part == 0u) == REVERSED) { value *= to_block_end(home.chunk, home.head, row, quad); }
        else { value *= from_block_start(home.chunk, home.head, row, quad); }
      }
      for (var i = 0u; i < 4u; i += 1u) {
        let c = lid % 4u * 4u + i;
        if (part == 0u) { staged[c * OWN_STRIDE + lid / 16u][lid / 4u % 4u] = value[i]; }
        else { staged[OTHER_BASE + c * OTHER_STRIDE + row % 16u][row / 16u] = value[i]; }
      }
    }
    if (lid < 32u) {
      let at = channel + lid % 16u;
      var inner = vec2f();
      for (var i = 1u; i < 3u && i < params.chunk / BLOCK && at < params.keys; i += 1u) {
        inner[i - 1u] = over_block(home.chunk, home.head, i, at / 4u)[at % 4u];
      }
      gaps[lid] = between(home.row0 / BLOCK + lid / 16u, inner);
    }
    workgroupBarrier();
    for (var c = 0u; c < STEP; c += 1u) {
      let x = staged[c * OWN_STRIDE + lid / 16u];
      let y = staged[OTHER_BASE + c * OTHER_STRIDE + lid % 16u] * gaps[lid / 64u * 16u + c];
      s += mat4x4f(x.x * y, x.y * y, x.z * y, x.w * y);
    }
    workgroupBarrier();
  }
  return s;
}

// A within the own blocks, added to `weights`: an invocation follows what is left of one k over the rows of its block, for a
// quarter of the channels.
fn add_diagonals(home: Home, lid: u32) {
  var sums: array<f32, BLOCK>;
  let block = lid / 64u;
  let earlier = lid / 4u % 16u;
  for (var channel = 0u; channel < params.keys; channel += STEP) {
    let quad = channel / 4u + lid % 4u;
    let row = home.row0 + lid / 4u;
    staged[lid] = load_x(home.x_base, row, quad * 4u, params.keys);
    staged[128u + lid] = load_y(home.y_base, row, quad * 4u, params.keys);
    staged[256u + lid] = decay_at(home.chunk, home.head, row, min(quad, key_quads() - 1u));
    workgroupBarrier();
    let of_q = select(0u, 128u, REVERSED) + block * 64u + lid % 4u;
    let k = staged[select(128u, 0u, REVERSED) + lid];
    var left = vec4f();
    for (var i = 0u; i < BLOCK; i += 1u) {
      let q = staged[of_q + i * 4u];
      let decay = staged[256u + block * 64u + lid % 4u + i * 4u];
      if (EXCLUSIVE) {
        sums[i] += dot(q, select(left, k * bonus_of(home.head, quad), i == earlier));
        left = select(left * decay, k, i == earlier);
      } else {
        left = select(left * decay, k, i == earlier);
        sums[i] += dot(q, left);
      }
    }
    workgroupBarrier();
  }
  for (var quarter = 0u; quarter < 4u; quarter += 1u) {
    if (lid % 4u == quarter) {
      for (var i = 0u; i < BLOCK; i += 1u) {
        let own = block * BLOCK + select(i, earlier, REVERSED);
        let other = (home.row0 + block * BLOCK + select(earlier, i, REVERSED)) % OTHER;
        weights[own / 4u * OTHER + other][own % 4u] += params.scale * sums[i];
      }
    }
    workgroupBarrier();
  }
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
  let z_base = start_of(params.z, chunk, head);
  let home = Home(chunk.index, head, row0, x_base, start_of(params.y, chunk, head));
  let tx = lid % 16u;
  let row = row0 + lid / 16u * 4u;

  set_weights(block_products(home, lid) * params.scale, lid);
  workgroupBarrier();
  add_diagonals(home, lid);
  var sums: array<mat4x4f, COLUMN_BLOCKS>;
  for (var block = 0u; block < COLUMN_BLOCKS; block += 1u) {
    sums[block] = weighted_seen(sums[block], 1u, z_base, row0, 0u, block, lid);
  }

  let state = state_start(chunk.slot, head);
  for (var channel = 0u; channel < params.keys; channel += OTHER) {
    let quad = channel / 4u + tx;
    var rows: mat4x4f;
    for (var i = 0u; i < 4u; i += 1u) {
      if (row + i < chunk.rows && quad < key_quads()) {
        rows[i] = load_x(x_base, row + i, quad * 4u, params.keys);
        if (REVERSED) { rows[i] *= to_end(chunk.index, head, row + i, quad); }
        else { rows[i] *= params.scale * from_start(chunk.index, head, row + i, quad); }
      }
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
      store_result(at, block * 64u + tx * 4u, params.values, sums[block][i]);
    }
  }
}
