// o = softmax(scores) v with an online softmax (Dao 2023): no score outlives its tile.
//
// A workgroup takes 32 rows of one head; the keys pass by in tiles of 64 (common/attention-tiles.wgsl). Sums of weights stay
// apart per invocation until the end; only the maximum of a row is exchanged for every tile.
//!include common/attention.wgsl

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> q: array<vec4u>;
@group(0) @binding(2) var<storage, read> k: array<vec4u>;
@group(0) @binding(3) var<storage, read> v: array<vec4u>;
@group(0) @binding(4) var<storage, read> bias: array<f32>;
@group(0) @binding(5) var<storage, read> slopes: array<f32>;
@group(0) @binding(6) var<storage, read> sinks: array<f32>;
@group(0) @binding(7) var<storage, read_write> o: array<u32>;
@group(0) @binding(8) var<storage, read_write> lse: array<f32>;

//!include common/workgroup.wgsl

const HAS_SINKS: bool = false;
// Blocks of 64 columns of v: dv <= 64 COLUMN_BLOCKS.
const COLUMN_BLOCKS: u32 = 1;
// Format of o; partial results are f32.
const FORMAT_O: u32 = 8;

//!include common/attention-operands.wgsl

fn load_own(kind: u32, base: u32, row: u32, channel: u32) -> vec4f {
  return load_q(base, row, channel);
}

fn load_other(kind: u32, base: u32, key: u32, channel: u32) -> vec4f {
  if (kind == 0u) { return load_k(base, key, channel); }
  return load_v(base, key, channel);
}

//!include common/attention-tiles.wgsl

// One value per row and invocation column, [tx][ty], in the part of `staged` that weighted() leaves alone: what is read here
// is written again only behind the barriers there.
const EXCHANGE: u32 = 256;

// Largest of each of four rows over the 16 invocations that share them.
fn row_max(x: vec4f, lid: u32) -> vec4f {
  staged[EXCHANGE + lid % 16u * 8u + lid / 16u % 8u] = x;
  workgroupBarrier();
  var y = x;
  for (var i = 0u; i < 16u; i += 1u) { y = max(y, staged[EXCHANGE + i * 8u + lid / 16u % 8u]); }
  return y;
}

fn row_sum(x: vec4f, lid: u32) -> vec4f {
  staged[EXCHANGE + lid % 16u * 8u + lid / 16u % 8u] = x;
  workgroupBarrier();
  var y = vec4f();
  for (var i = 0u; i < 16u; i += 1u) { y += staged[EXCHANGE + i * 8u + lid / 16u % 8u]; }
  return y;
}

fn store_o(at: u32, column: u32, x: vec4f) {
  let codes = float_codes(x, FORMAT_O);
  if (FORMAT_O == 8u) {
    for (var i = 0u; i < 4u && column + i < params.dv; i += 1u) { o[at + column + i] = codes[i]; }
  } else {
    for (var i = 0u; i < 4u && column + i < params.dv; i += 2u) {
      o[(at + column + i) / 2u] = codes[i] | (codes[i + 1u] << 16u);
    }
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
  // Late rows first: under a causal mask they take longest.
  let tiles = (params.rows + OWN - 1u) / OWN;
  let batch_heads = params.group_count / tiles;
  let row0 = (tiles - 1u - g / batch_heads) * OWN;
  var parts = 1u;
  if (params.part_keys > 0u) { parts = (params.keys + params.part_keys - 1u) / params.part_keys; }
  let part = g % batch_heads % parts;
  let which = g % batch_heads / parts;
  let home = Head(which / params.heads, which % params.heads);
  let kv_head = home.head / params.share;
  let q_base = params.q_start + home.batch * params.q_batch + home.head * params.q_head;
  let k_base = params.k_start + home.batch * params.k_batch + kv_head * params.k_head;
  let v_base = params.v_start + home.batch * params.v_batch + kv_head * params.v_head;
  let tx = lid % 16u;
  let ty = lid / 16u;
  let row = row0 + ty * 4u;
  var slope = 0.0;
  if (HAS_SLOPES) { slope = slopes[home.head]; }

  var first = max(0, position_of(row0) - params.left);
  var last = min(i32(params.keys), position_of(min(row0 + OWN, params.rows) - 1u) + params.right + 1);
  if (params.part_keys > 0u) {
    first = max(first, i32(part * params.part_keys));
    last = min(last, i32((part + 1u) * params.part_keys));
  }

  var top = vec4f(HIDDEN);
  var total = vec4f();
  var sums: array<mat4x4f, COLUMN_BLOCKS>;
  for (var key0 = first / 64 * 64; key0 < last; key0 += 64) {
    let key = u32(key0);
    var s = products(0u, q_base, k_base, row0, key, params.d, lid);
    let keys = vec4u(key + tx) + vec4u(0u, 16u, 32u, 48u);
    var most = vec4f();
    for (var i = 0u; i < 4u; i += 1u) {
      var x = scores_of(capped(s[i]), home, vec4u(row + i), keys, slope);
      // A part begins and ends where it says, whatever the mask of its tile.
      if (params.part_keys > 0u) {
        let outside = (vec4i(keys) < vec4i(first)) | (vec4i(keys) >= vec4i(last));
        x = select(x, vec4f(HIDDEN), outside);
      }
      s[i] = x;
      most[i] = max(max(x.x, x.y), max(x.z, x.w));
    }
    let highest = max(top, row_max(most, lid));
    let factor = exp4(top - highest);
    top = highest;
    total *= factor;
    for (var i = 0u; i < 4u; i += 1u) {
      let x = s[i];
      s[i] = select(exp4(x - highest[i]), vec4f(), x == vec4f(HIDDEN));
      total[i] += (s[i].x + s[i].y) + (s[i].z + s[i].w);
    }
    set_weights(s, lid);
    for (var block = 0u; block < COLUMN_BLOCKS; block += 1u) {
      var sum = sums[block];
      for (var i = 0u; i < 4u; i += 1u) { sum[i] *= factor[i]; }
      sums[block] = weighted(sum, 1u, v_base, key, block, lid);
    }
  }

  var all = row_sum(total, lid);
  var sink = HIDDEN;
  if (HAS_SINKS) { sink = sinks[home.head]; }
  let highest = max(top, vec4f(sink));
  let own = exp4(top - highest);
  let nothing = highest == vec4f(HIDDEN);
  all = all * own + select(exp4(vec4f(sink) - highest), vec4f(), vec4<bool>(sink == HIDDEN));
  let factor = select(own / all, all, nothing);
  for (var i = 0u; i < 4u && row + i < params.rows; i += 1u) {
    let at = params.o_start + part * params.o_part + home.batch * params.o_batch + home.head * params.o_head
      + (row + i) * params.o_row;
    for (var block = 0u; block < COLUMN_BLOCKS; block += 1u) {
      store_o(at, block * 64u + tx * 4u, sums[block][i] * factor[i]);
    }
    if (tx == 0u) {
      let value = select(bitcast<u32>(highest[i] + log4(all)[i]), 0xff800000u, nothing[i] && all[i] == 0.0);
      lse[params.lse_start + part * params.lse_part + which * params.lse_head + row + i] = bitcast<f32>(value);
    }
  }
}
