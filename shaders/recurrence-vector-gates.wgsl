// Vector gates to products of decays (common/recurrence-decays.wgsl). A workgroup takes 64 quads of channels of one chunk; an
// invocation multiplies over one block of it.
//!include common/recurrence.wgsl

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4u>;
@group(0) @binding(2) var<storage, read> table: array<vec2u>;
@group(0) @binding(3) var<storage, read_write> decays: array<vec4f>;

//!include common/workgroup.wgsl
//!include common/recurrence-decays.wgsl
//!include common/recurrence-x.wgsl

// Gates are decays of either sign, not their logarithms.
const SIGNED: bool = false;
const LEAST: f32 = -88.0;

var<workgroup> over: array<vec4f, 256>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lid: u32,
) {
  let g = group_index(wid, nwg);
  if (g >= params.group_count) { return; }
  let quads = params.heads * key_quads();
  let groups = (quads + 63u) / 64u;
  let chunk = chunk_of(g / groups);
  rows_here = chunk.rows;
  let column = g % groups * 64u + lid % 64u;
  let head = min(column, quads - 1u) / key_quads();
  let quad = min(column, quads - 1u) % key_quads();
  let block = lid / 64u;
  let blocks = params.chunk / BLOCK;
  let valid = column < quads && block < blocks;
  let base = start_of(params.x, chunk, head);

  var product = vec4f(1.0);
  var less_one = vec4f();
  for (var i = 0u; i < BLOCK; i += 1u) {
    let row = block * BLOCK + i;
    let value = load_x(base, row, quad * 4u, params.keys);
    var decay = value;
    var change = value - 1.0;
    if (!SIGNED) {
      let reset = (bitcast<vec4u>(value) == vec4u(0xff800000u)) | (value < vec4f(LEAST));
      decay = select(exp4(value), vec4f(), reset);
      change = select(expm1_4(value), vec4f(-1.0), reset);
    }
    if (row >= chunk.rows) {
      decay = vec4f(1.0);
      change = vec4f();
    }
    let before = product;
    product *= decay;
    less_one = fma(less_one, decay, change);
    if (valid) {
      decays[vector_at(chunk.index, head, row, quad)] = decay;
      decays[section() + vector_at(chunk.index, head, row, quad)] = select(product, before, EXCLUSIVE);
    }
  }
  over[lid] = less_one;
  workgroupBarrier();
  if (!valid) { return; }
  decays[block_at(chunk.index, head, block, quad)] = less_one;
  product = vec4f(1.0);
  for (var i = BLOCK; i > 0u; i -= 1u) {
    let at = vector_at(chunk.index, head, block * BLOCK + i - 1u, quad);
    decays[2u * section() + at] = product;
    product *= decays[at];
  }
  if (block > 0u) { return; }
  for (var i = 1u; i < blocks; i += 1u) {
    let next = over[i * 64u + lid];
    less_one = fma(less_one, next, less_one + next);
  }
  decays[carry_at(chunk.index, head, quad)] = less_one;
}
