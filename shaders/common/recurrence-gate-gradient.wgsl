// The gradient of the sum G_i of a chunk's log gates is, over the operands that decay with it, operand times gradient, and the
// columns' taken off; that of the last sum is S . dS at the chunk's end besides. `operands` and `gradients` are
// [role][unit][chunk][k]: the queries, the rows of the inverse, then the columns.
fn terms(at: u32, row: u32) -> f32 {
  let role = params.units * params.chunk * params.k_padded;
  var sum = operands[at] * gradients[at];
  var before = at;
  if (params.exclusive == 1u) { before += params.k_padded; }
  if (params.exclusive == 0u || row + 1u < params.chunk) { sum += operands[before + role] * gradients[before + role]; }
  for (var i = 2u; i < params.roles; i += 1u) { sum -= operands[at + i * role] * gradients[at + i * role]; }
  return sum;
}

// A gate of -inf has no gradient: what it would add is exactly 0, not what is left of a sum.
fn is_reset(unit: u32, row: u32, channel: u32) -> bool {
  let here = sums_at(unit, i32(row), vec4u(channel)).marks.x;
  return here != sums_at(unit, i32(row) - 1, vec4u(channel)).marks.x;
}
