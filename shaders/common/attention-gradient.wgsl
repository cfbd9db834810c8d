// Weights and their gradients from `stats` (attention-backward-rows.wgsl); lse_part is the distance to dO . o in them.
fn load_gradient(base: u32, row: u32, channel: u32) -> vec4f {
  let at = base + min(row, params.rows - 1u) * params.o_row + channel;
  if (QUADS) { return select(vec4f(), quad_in(gradient[at / PER_BLOCK], at), channel < params.dv); }
  var x = vec4f();
  for (var i = 0u; i < 4u; i += 1u) {
    if (channel + i < params.dv) { x[i] = element_in(gradient[(at + i) / PER_BLOCK], at + i); }
  }
  return x;
}

fn slope_of(head: u32) -> f32 {
  if (HAS_SLOPES) { return stats[2u * params.lse_part + head]; }
  return 0.0;
}

fn statistics(offset: u32, which: u32, rows: vec4u) -> vec4f {
  let at = min(rows, vec4u(params.rows - 1u)) + (offset + params.lse_start + which * params.lse_head);
  return vec4f(stats[at.x], stats[at.y], stats[at.z], stats[at.w]);
}

// P = e^(score - lse), 0 where the pair is hidden.
fn weight_of(scores: vec4f, which: u32, rows: vec4u) -> vec4f {
  return select(exp4(scores - statistics(0u, which, rows)), vec4f(), scores == vec4f(HIDDEN));
}

// P (dO . v - dO . o)
fn gradient_of_score(scores: vec4f, products: vec4f, which: u32, rows: vec4u) -> vec4f {
  return weight_of(scores, which, rows) * (products - statistics(params.lse_part, which, rows));
}

// Of a capped product x: 1 - tanh^2.
fn slope_of_cap(x: vec4f) -> vec4f {
  if (!HAS_CAP) { return vec4f(1.0); }
  let t = x / params.soft_cap;
  return 1.0 - t * t;
}
