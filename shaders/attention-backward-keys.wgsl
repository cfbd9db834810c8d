// dv = P^T dO and dk = scale dX^T q (see attention-backward-queries.wgsl). A workgroup takes 32 keys of one head of k and v and
// walks the query rows that see them, of every query head that shares it: nothing is added by two workgroups.
//!include common/attention.wgsl

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> q: array<vec4u>;
@group(0) @binding(2) var<storage, read> k: array<vec4u>;
@group(0) @binding(3) var<storage, read> v: array<vec4u>;
@group(0) @binding(4) var<storage, read> gradient: array<vec4u>;
@group(0) @binding(5) var<storage, read> stats: array<f32>;
@group(0) @binding(6) var<storage, read> bias: array<f32>;
@group(0) @binding(7) var<storage, read_write> dk: array<f32>;
@group(0) @binding(8) var<storage, read_write> dv: array<f32>;

//!include common/workgroup.wgsl
//!include common/attention-operands.wgsl
//!include common/attention-gradient.wgsl

// Blocks of 64 channels of k and of v.
const K_BLOCKS: u32 = 1;
const V_BLOCKS: u32 = 1;

// kind 0: k against q; 1: v against dO.
fn load_own(kind: u32, base: u32, key: u32, channel: u32) -> vec4f {
  if (kind == 0u) { return load_k(base, key, channel); }
  return load_v(base, key, channel);
}

fn load_other(kind: u32, base: u32, row: u32, channel: u32) -> vec4f {
  if (kind == 0u) { return load_q(base, row, channel); }
  return load_gradient(base, row, channel);
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
  let key0 = g % tiles * OWN;
  let kv_heads = params.heads / params.share;
  let batch = g / tiles / kv_heads;
  let kv_head = g / tiles % kv_heads;
  let k_base = params.k_start + batch * params.k_batch + kv_head * params.k_head;
  let v_base = params.v_start + batch * params.v_batch + kv_head * params.v_head;
  let tx = lid % 16u;
  let key = key0 + lid / 16u * 4u;

  let offset = i32(params.keys) - i32(params.rows);
  let first = max(0, i32(key0) - params.right - offset);
  let last = min(i32(params.rows), i32(key0 + OWN) + params.left - offset);
  var sums_k: array<mat4x4f, K_BLOCKS>;
  var sums_v: array<mat4x4f, V_BLOCKS>;
  for (var shared_head = 0u; shared_head < params.share; shared_head += 1u) {
    let home = Head(batch, kv_head * params.share + shared_head);
    let which = batch * params.heads + home.head;
    let q_base = params.q_start + batch * params.q_batch + home.head * params.q_head;
    let g_base = params.o_start + batch * params.o_batch + home.head * params.o_head;
    let slope = slope_of(home.head);
    for (var row0 = first / 64 * 64; row0 < last; row0 += 64) {
      let row = u32(row0);
      var s = products(0u, k_base, q_base, key0, row, params.d, lid);
      let p = products(1u, v_base, g_base, key0, row, params.dv, lid);
      let rows = vec4u(row + tx) + vec4u(0u, 16u, 32u, 48u);
      var of_scores: mat4x4f;
      for (var i = 0u; i < 4u; i += 1u) {
        let x = capped(s[i]);
        let scores = scores_of(x, home, rows, vec4u(key + i), slope);
        s[i] = weight_of(scores, which, rows);
        of_scores[i] = gradient_of_score(scores, p[i], which, rows) * slope_of_cap(x) * params.scale;
      }
      set_weights(s, lid);
      for (var block = 0u; block < V_BLOCKS; block += 1u) {
        sums_v[block] = weighted(sums_v[block], 1u, g_base, row, block, lid);
      }
      set_weights(of_scores, lid);
      for (var block = 0u; block < K_BLOCKS; block += 1u) {
        sums_k[block] = weighted(sums_k[block], 0u, q_base, row, block, lid);
      }
    }
  }
  for (var i = 0u; i < 4u && key + i < params.keys; i += 1u) {
    for (var block = 0u; block < K_BLOCKS; block += 1u) {
      let channel = block * 64u + tx * 4u;
      for (var c = 0u; c < 4u && channel + c < params.d; c += 1u) {
        dk[k_base + (key + i) * params.k_row + channel + c] = sums_k[block][i][c];
      }
    }
    for (var block = 0u; block < V_BLOCKS; block += 1u) {
      let channel = block * 64u + tx * 4u;
      for (var c = 0u; c < 4u && channel + c < params.dv; c += 1u) {
        dv[v_base + (key + i) * params.v_row + channel + c] = sums_v[block][i][c];
      }
    }
  }
}
