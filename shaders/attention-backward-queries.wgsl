// dq = scale dX k with dX = P (dO v - dO . o) (slope of the soft-cap), P = e^(score - lse) recomputed tile by tile (Dao 2023).
// A workgroup takes 32 rows of one head and walks the keys that they see; a bias that is not broadcast gets its gradient
// here too, and then all keys are walked.
//!include common/attention.wgsl

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> q: array<vec4u>;
@group(0) @binding(2) var<storage, read> k: array<vec4u>;
@group(0) @binding(3) var<storage, read> v: array<vec4u>;
@group(0) @binding(4) var<storage, read> gradient: array<vec4u>;
@group(0) @binding(5) var<storage, read> stats: array<f32>;
@group(0) @binding(6) var<storage, read> bias: array<f32>;
@group(0) @binding(7) var<storage, read_write> dq: array<f32>;
@group(0) @binding(8) var<storage, read_write> dbias: array<f32>;

//!include common/workgroup.wgsl
//!include common/attention-operands.wgsl
//!include common/attention-gradient.wgsl

const BIAS_GRADIENT: bool = false;
// Blocks of 64 channels of q: d <= 64 COLUMN_BLOCKS.
const COLUMN_BLOCKS: u32 = 1;

// kind 0: q against k; 1: dO against v.
fn load_own(kind: u32, base: u32, row: u32, channel: u32) -> vec4f {
  if (kind == 0u) { return load_q(base, row, channel); }
  return load_gradient(base, row, channel);
}

fn load_other(kind: u32, base: u32, key: u32, channel: u32) -> vec4f {
  if (kind == 0u) { return load_k(base, key, channel); }
  return load_v(base, key, channel);
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
  let tiles = (params.rows + OWN - 1u) / OWN;
  let row0 = g % tiles * OWN;
  let which = g / tiles;
  let home = Head(which / params.heads, which % params.heads);
  let kv_head = home.head / params.share;
  let q_base = params.q_start + home.batch * params.q_batch + home.head * params.q_head;
  let k_base = params.k_start + home.batch * params.k_batch + kv_head * params.k_head;
  let v_base = params.v_start + home.batch * params.v_batch + kv_head * params.v_head;
  let g_base = params.o_start + home.batch * params.o_batch + home.head * params.o_head;
  let tx = lid % 16u;
  let row = row0 + lid / 16u * 4u;
  let slope = slope_of(home.head);

  var first = max(0, position_of(row0) - params.left);
  var last = min(i32(params.keys), position_of(min(row0 + OWN, params.rows) - 1u) + params.right + 1);
  if (BIAS_GRADIENT) {
    first = 0;
    last = i32(params.keys);
  }
  var sums: array<mat4x4f, COLUMN_BLOCKS>;
  for (var key0 = first / 64 * 64; key0 < last; key0 += 64) {
    let key = u32(key0);
    var s = products(0u, q_base, k_base, row0, key, params.d, lid);
    let p = products(1u, g_base, v_base, row0, key, params.dv, lid);
    let keys = vec4u(key + tx) + vec4u(0u, 16u, 32u, 48u);
    for (var i = 0u; i < 4u; i += 1u) {
      let x = capped(s[i]);
      let rows = vec4u(row + i);
      let of_score = gradient_of_score(scores_of(x, home, rows, keys, slope), p[i], which, rows);
      if (BIAS_GRADIENT && row + i < params.rows) {
        let at = (which * params.rows + row + i) * params.keys;
        for (var j = 0u; j < 4u; j += 1u) {
          if (keys[j] < params.keys) { dbias[at + keys[j]] = of_score[j]; }
        }
      }
      s[i] = of_score * slope_of_cap(x) * params.scale;
    }
    set_weights(s, lid);
    for (var block = 0u; block < COLUMN_BLOCKS; block += 1u) {
      sums[block] = weighted(sums[block], 0u, k_base, key, block, lid);
    }
  }
  for (var i = 0u; i < 4u && row + i < params.rows; i += 1u) {
    for (var block = 0u; block < COLUMN_BLOCKS; block += 1u) {
      let channel = block * 64u + tx * 4u;
      for (var c = 0u; c < 4u && channel + c < params.d; c += 1u) {
        dq[q_base + (row + i) * params.q_row + channel + c] = sums[block][i][c];
      }
    }
  }
}
