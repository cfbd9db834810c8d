// T = (I + A)^-1 in the place of A, for every unit: A [chunk][chunk] is strictly lower triangular. Blocks of 16 x 16 on the
// diagonal by substitution, then block rows downwards: T_ij = -T_ii sum_{j <= m < i} A_im T_mj. A workgroup has one unit.
struct Params {
  group_base: u32,
  group_count: u32,
  chunk: u32,
  pad0: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> matrices: array<f32>;

//!include common/workgroup.wgsl

// The lower blocks, row by row; at most 4 rows of them.
var<workgroup> blocks: array<f32, 2560>;

fn block_at(i: u32, j: u32) -> u32 {
  return (i * (i + 1u) / 2u + j) * 256u;
}

// Element (row, column) of the product of two blocks.
fn product_of(x: u32, y: u32, row: u32, column: u32) -> f32 {
  var sum = 0.0;
  for (var k = 0u; k < 16u; k += 1u) { sum = fma(blocks[x + row * 16u + k], blocks[y + k * 16u + column], sum); }
  return sum;
}

// Column `column` of the inverse of a diagonal block.
fn substituted(block: u32, column: u32) -> array<f32, 16> {
  var result: array<f32, 16>;
  for (var row = 0u; row < 16u; row += 1u) {
    var sum = select(0.0, 1.0, row == column);
    for (var k = column; k < row; k += 1u) { sum = fma(-blocks[block + row * 16u + k], result[k], sum); }
    result[row] = sum;
  }
  return result;
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lid: u32,
) {
  let unit = group_index(wid, nwg);
  if (unit >= params.group_count) { return; }
  let count = params.chunk / 16u;
  let base = unit * params.chunk * params.chunk;
  let row = lid / 16u;
  let column = lid % 16u;
  for (var i = 0u; i < count; i += 1u) {
    for (var j = 0u; j <= i; j += 1u) {
      blocks[block_at(i, j) + lid % 256u] = matrices[base + (i * 16u + row) * params.chunk + j * 16u + column];
    }
  }
  workgroupBarrier();
  var solved: array<f32, 16>;
  if (lid < params.chunk) { solved = substituted(block_at(row, row), column); }
  workgroupBarrier();
  if (lid < params.chunk) {
    for (var k = 0u; k < 16u; k += 1u) { blocks[block_at(row, row) + k * 16u + column] = solved[k]; }
  }
  workgroupBarrier();
  for (var i = 1u; i < count; i += 1u) {
    var sums: array<f32, 4>;
    for (var j = 0u; j < i; j += 1u) {
      var sum = 0.0;
      for (var m = j; m < i; m += 1u) { sum += product_of(block_at(i, m), block_at(m, j), row, column); }
      sums[j] = sum;
    }
    workgroupBarrier();
    for (var j = 0u; j < i; j += 1u) { blocks[block_at(i, j) + lid % 256u] = sums[j]; }
    workgroupBarrier();
    for (var j = 0u; j < i; j += 1u) { sums[j] = -product_of(block_at(i, i), block_at(i, j), row, column); }
    workgroupBarrier();
    for (var j = 0u; j < i; j += 1u) { blocks[block_at(i, j) + lid % 256u] = sums[j]; }
    workgroupBarrier();
  }
  for (var i = 0u; i < count; i += 1u) {
    for (var j = 0u; j <= i; j += 1u) {
      matrices[base + (i * 16u + row) * params.chunk + j * 16u + column] = blocks[block_at(i, j) + lid % 256u];
    }
  }
}
