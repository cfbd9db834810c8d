// One pass of a reduction of [outer, n, inner] over n: each range of `length` elements along n gives one result of
// [outer, ranges, inner]. `tree` folds a range with a workgroup (inner = 1), `columns` with one invocation per result.

//!include common/workgroup.wgsl
//!include common/rank.wgsl

struct Params {
  group_base: u32,
  group_count: u32,
  results: u32,
  n: u32,
  inner: u32,
  ranges: u32,
  length: u32,
  divisor: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> src: array<vec4u>;
// [outer, inner], of OP 4.
@group(0) @binding(2) var<storage, read> centre: array<f32>;
@group(0) @binding(3) var<storage, read_write> dst: array<u32>;

// 0 sum, 1 product, 2 least, 3 greatest, 4 sum of squared differences from the centre.
const OP: u32 = 0u;
// 8 f32, 6 i32, 7 u32.
const FORMAT: u32 = 8u;
// Of the tree: rows are whole quads.
const QUADS: bool = false;

var<workgroup> shared_words: array<u32, 256>;

// What is folded is kept as a word: bits of a number, or its rank.
fn neutral() -> u32 {
  if (OP == 1u) { return select(1u, 0x3f800000u, FORMAT == 8u); }
  return 0u;
}

fn taken(bits: u32, around: f32) -> u32 {
  if (OP == 2u || OP == 3u) { return rank_of(bits, OP == 2u); }
  if (OP == 4u) {
    let d = bitcast<f32>(bits) - around;
    return bitcast<u32>(d * d);
  }
  return bits;
}

fn joined(a: u32, b: u32) -> u32 {
  if (OP == 2u || OP == 3u) { return max(a, b); }
  if (FORMAT != 8u) { return select(a + b, a * b, OP == 1u); }
  let x = bitcast<f32>(a);
  let y = bitcast<f32>(b);
  return bitcast<u32>(select(x + y, x * y, OP == 1u));
}

fn word_at(i: u32) -> u32 {
  return src[i / 4u][i % 4u];
}

fn finished(word: u32) -> u32 {
  if (OP == 2u || OP == 3u) { return value_of(word, OP == 2u); }
  if (FORMAT != 8u) { return word; }
  return bitcast<u32>(bitcast<f32>(word) / params.divisor);
}

fn centre_at(i: u32) -> f32 {
  if (OP != 4u) { return 0.0; }
  return centre[i];
}

@compute @workgroup_size(256)
fn tree(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let g = group_index(wid, nwg);
  if (g >= params.group_count) { return; }
  let row = g / params.ranges;
  let start = (g % params.ranges) * params.length;
  let end = min(start + params.length, params.n);
  let around = centre_at(row);
  var word = neutral();
  if (QUADS) {
    var words = vec4u(neutral());
    let first = row * params.n / 4u;
    for (var k = start / 4u + lane; k < end / 4u; k += 256u) {
      let quad = src[first + k];
      words.x = joined(words.x, taken(quad.x, around));
      words.y = joined(words.y, taken(quad.y, around));
      words.z = joined(words.z, taken(quad.z, around));
      words.w = joined(words.w, taken(quad.w, around));
    }
    word = joined(joined(words.x, words.y), joined(words.z, words.w));
  } else {
    for (var k = start + lane; k < end; k += 256u) { word = joined(word, taken(word_at(row * params.n + k), around)); }
  }
  shared_words[lane] = word;
  for (var width = 128u; width > 0u; width >>= 1u) {
    workgroupBarrier();
    if (lane < width) { shared_words[lane] = joined(shared_words[lane], shared_words[lane + width]); }
  }
  if (lane == 0u) { dst[g] = finished(shared_words[0]); }
}

@compute @workgroup_size(256)
fn columns(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let g = group_index(wid, nwg);
  let i = g * 256u + lane;
  if (g >= params.group_count || i >= params.results) { return; }
  let column = i % params.inner;
  let outer = i / params.inner / params.ranges;
  let start = (i / params.inner % params.ranges) * params.length;
  let end = min(start + params.length, params.n);
  let around = centre_at(outer * params.inner + column);
  var word = neutral();
  for (var k = start; k < end; k++) {
    word = joined(word, taken(word_at((outer * params.n + k) * params.inner + column), around));
  }
  dst[i] = finished(word);
}
