// dq and dk with a decay per row and channel, W = dO v^T:
//   dq_i = scale sum over j <= i of W_ij k_j (decays after j up to i) + scale (what q sees) S dO_i
//   dk_j = scale sum over i >= j of W_ij q_i (decays after j up to i) + (what is left of k) dS v_j     (REVERSED)
// EXCLUSIVE: without i = j, and decays before i (what a bonus adds is added later). Within a block of 16 rows the sum is nested (Horner),
// between blocks a product of tiles. A workgroup makes 32 rows of a chunk of at most 64.
//!include common/recurrence.wgsl

@group(0) @binding(0) var<uniform> params: Params;
// dO, v, k; REVERSED: v, dO, q.
@group(0) @binding(1) var<storage, read> x: array<vec4u>;
@group(0) @binding(2) var<storage, read> y: array<vec4u>;
@group(0) @binding(3) var<storage, read> z: array<vec4u>;
@group(0) @binding(4) var<storage, read> decays: array<vec4f>;
@group(0) @binding(5) var<storage, read> states: array<vec4f>;
@group(0) @binding(6) var<storage, read> table: array<vec2u>;
@group(0) @binding(7) var<storage, read_write> result: array<u32>;

//!include common/workgroup.wgsl
//!include common/recurrence-decays.wgsl
//!include common/recurrence-blocks.wgsl
//!include common/recurrence-x.wgsl
//!include common/recurrence-y.wgsl
//!include common/recurrence-z.wgsl
//!include common/recurrence-result.wgsl
//!include common/recurrence-tiles.wgsl

fn load_own(kind: u32, base: u32, row: u32, channel: u32) -> vec4f {
  return load_x(base, row, channel, params.values);
}

fn load_other(kind: u32, base: u32, row: u32, channel: u32) -> vec4f {
  return load_y(base, row, channel, params.values);
}

// The product over a block, by channels; 1 for blocks that the chunk does not have.
fn over_inner(chunk: u32, head: u32, block: u32, quad: u32) -> vec4f {
  if (block >= params.chunk / BLOCK || quad >= key_quads()) { return vec4f(1.0); }
  return over_block(chunk, head, block, quad);
}

// Rows of W against z of the blocks beyond the own one, columns [64 block, 64 block + 64).
fn across_blocks(chunk: Chunk, head: u32, z_base: u32, row0: u32, column_block: u32, lid: u32) -> mat4x4f {
  let own = row0 / BLOCK + lid / 64u;
  let quad = column_block * 16u + lid % 16u;
  let one = over_inner(chunk.index, head, 1u, quad);
  let two = over_inner(chunk.index, head, 2u, quad);
  let gaps = transpose(mat4x4f(
    between(own, vec2f(one.x, two.x)),
    between(own, vec2f(one.y, two.y)),
    between(own, vec2f(one.z, two.z)),
    between(own, vec2f(one.w, two.w)),
  ));
  var result = mat4x4f();
  // Blocks that neither block of the tile sees are left out.
  let first = select(0u, row0, REVERSED);
  let end = select(row0 + BLOCK, params.chunk, REVERSED);
  for (var step = first; step < end; step += BLOCK) {
    for (var half = 0u; half < 2u; half += 1u) {
      let row = step + half * 8u + lid / 16u;
      var value = load_z(z_base, row, quad * 4u, params.keys);
      if (row < chunk.rows && quad < key_quads()) {
        if (REVERSED) { value *= from_block_start(chunk.index, head, row, quad); }
        else { value *= to_block_end(chunk.index, head, row, quad); }
      }
      staged[lid + half * 128u] = value;
    }
    workgroupBarrier();
    let sum = multiplied(mat4x4f(), step, lid);
    let gap = gaps[step / BLOCK];
    result += mat4x4f(sum[0] * gap, sum[1] * gap, sum[2] * gap, sum[3] * gap);
    workgroupBarrier();
  }
  return result;
}

// The same against z of the own block.
fn within_block(chunk: Chunk, head: u32, z_base: u32, row0: u32, column_block: u32, lid: u32) -> mat4x4f {
  let row = row0 + lid / 16u * 4u;
  let block = row / BLOCK * BLOCK;
  let quad = column_block * 16u + lid % 16u;
  var result = mat4x4f();
  if (block >= chunk.rows || quad >= key_quads()) { return result; }
  for (var step = 0u; step < BLOCK; step += 1u) {
    let other = block + select(step, BLOCK - 1u - step, REVERSED);
    let z = load_z(z_base, other, quad * 4u, params.keys);
    // Inclusive and REVERSED: the decay of the row behind; behind the last one the sum is still 0.
    let decay = decay_at(chunk.index, head, min(other + select(0u, 1u, REVERSED && !EXCLUSIVE), block + BLOCK - 1u), quad);
    let w = weights[lid / 16u * OTHER + other];
    for (var i = 0u; i < 4u; i += 1u) {
      let own = row + i;
      let seen = select((other < own) != REVERSED, !EXCLUSIVE, other == own);
      if (seen) { result[i] = result[i] * decay + w[i] * z; }
    }
  }
  return result;
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
  let state = state_start(chunk.slot, head);
  for (var channel = 0u; channel < params.values; channel += OTHER) {
    var rows: mat4x4f;
    for (var i = 0u; i < 4u; i += 1u) { rows[i] = load_x(x_base, row + i, channel + tx * 4u, params.values); }
    set_rows(rows, lid);
    for (var block = 0u; block < COLUMN_BLOCKS; block += 1u) {
      sums[block] = weighted_states(sums[block], state, channel, block, lid);
    }
  }
  set_weights(products(0u, x_base, y_base, row0, 0u, params.values, lid), lid);
  workgroupBarrier();
  let result_base = start_of(params.result, chunk, head);
  for (var block = 0u; block < COLUMN_BLOCKS; block += 1u) {
    let across = across_blocks(chunk, head, z_base, row0, block, lid);
    let within = within_block(chunk, head, z_base, row0, block, lid);
    let quad = block * 16u + tx;
    for (var i = 0u; i < 4u; i += 1u) {
      if (row + i < chunk.rows && quad < key_quads()) {
        var edge: vec4f;
        var far: vec4f;
        if (REVERSED) {
          edge = to_block_end(chunk.index, head, row + i, quad);
          far = to_end(chunk.index, head, row + i, quad);
        } else {
          edge = from_block_start(chunk.index, head, row + i, quad);
          far = params.scale * from_start(chunk.index, head, row + i, quad);
        }
        let value = params.scale * (across[i] * edge + within[i]) + sums[block][i] * far;
        store_result(result_base + (row + i) * step_of(params.result), quad * 4u, params.keys, value);
      }
    }
  }
}
