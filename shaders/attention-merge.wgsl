// Joins attention over parts of the keys: o = sum_p o_p e^(lse_p - lse), lse = log sum_p e^lse_p, the sink taken in here.
// Partial results are f32, [part][head of a batch][row][column]; an invocation makes four columns of a row.
//!include common/quad.wgsl
//!include common/math.wgsl

struct Params {
  group_base: u32,
  group_count: u32,
  rows: u32,
  dv: u32,
  heads: u32,
  // batch heads rows
  all_rows: u32,
  parts: u32,
  o_start: u32,
  o_batch: u32,
  o_head: u32,
  o_row: u32,
  lse_start: u32,
  lse_head: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> partial: array<f32>;
@group(0) @binding(2) var<storage, read> partial_lse: array<f32>;
@group(0) @binding(3) var<storage, read> sinks: array<f32>;
@group(0) @binding(4) var<storage, read_write> o: array<u32>;
@group(0) @binding(5) var<storage, read_write> lse: array<f32>;

//!include common/workgroup.wgsl

const HAS_SINKS: bool = false;
const FORMAT_O: u32 = 8;
const HIDDEN: f32 = -3.0e38;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lid: u32,
) {
  let g = group_index(wid, nwg);
  let quads = (params.dv + 3u) / 4u;
  let at = g * 256u + lid;
  if (g >= params.group_count || at >= params.all_rows * quads) { return; }
  let row = at / quads;
  let column = at % quads * 4u;
  let head = row / params.rows % params.heads;
  var sink = HIDDEN;
  if (HAS_SINKS) { sink = sinks[head]; }
  var top = sink;
  for (var p = 0u; p < params.parts; p += 1u) { top = max(top, partial_lse[p * params.all_rows + row]); }
  var total = select(exp4(vec4f(sink - top)).x, 0.0, sink == HIDDEN);
  var sum = vec4f();
  for (var p = 0u; p < params.parts; p += 1u) {
    let part = p * params.all_rows + row;
    let own = partial_lse[part];
    // A part that sees no key has lse -inf, known by its bits, and o 0.
    let weight = select(exp4(vec4f(own - top)).x, 0.0, bitcast<u32>(own) == 0xff800000u);
    total += weight;
    for (var i = 0u; i < 4u; i += 1u) {
      if (column + i < params.dv) { sum[i] += weight * partial[part * params.dv + column + i]; }
    }
  }
  let nothing = total == 0.0;
  let codes = float_codes(select(sum / total, vec4f(), nothing), FORMAT_O);
  let to = params.o_start + row / (params.rows * params.heads) * params.o_batch + head * params.o_head
    + row % params.rows * params.o_row + column;
  for (var i = 0u; i < 4u && column + i < params.dv; i += select(2u, 1u, FORMAT_O == 8u)) {
    if (FORMAT_O == 8u) { o[to + i] = codes[i]; } else { o[(to + i) / 2u] = codes[i] | (codes[i + 1u] << 16u); }
  }
  if (column == 0u) {
    let value = select(bitcast<u32>(top + log4(vec4f(total)).x), 0xff800000u, nothing);
    lse[params.lse_start + row / params.rows * params.lse_head + row % params.rows] = bitcast<f32>(value);
  }
}
