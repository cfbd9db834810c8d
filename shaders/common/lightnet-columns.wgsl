// For invocations that each hold a column of the state: the factors of a few tokens in workgroup memory (by what the state
// decays, what is added per value, what it is read with), and the step over one of them.

// Quads of key channels, and tokens staged at a time.
const KEYS: u32 = 1;
const TOKENS: u32 = 16;

var<workgroup> decays: array<f32, TOKENS * KEYS * 4u>;
var<workgroup> keys: array<f32, TOKENS * KEYS * 4u>;
var<workgroup> queries: array<f32, TOKENS * KEYS * 4u>;

// Channels that pad the last quad stay 0.
fn clear_tokens(lid: u32) {
  for (var i = lid; i < TOKENS * KEYS * 4u; i += 64u) {
    decays[i] = 0.0;
    keys[i] = 0.0;
    queries[i] = 0.0;
  }
  workgroupBarrier();
}

fn set_token(token: u32, channel: u32, decay: f32, key: f32, query: f32) {
  let at = token * KEYS * 4u + channel;
  decays[at] = decay;
  keys[at] = key;
  queries[at] = query;
}

fn load_columns(state: u32, column: u32) -> array<vec4f, KEYS> {
  var held: array<vec4f, KEYS>;
  for (var j = 0u; j < KEYS; j += 1u) {
    for (var i = 0u; i < 4u; i += 1u) {
      if (j * 4u + i < params.d) { held[j][i] = states[row_at(state, j * 4u + i) + 1u + column / 4u][column % 4u]; }
    }
  }
  return held;
}

// Takes a token in, unless the state is the last one for all, and reads.
fn step_columns(held: ptr<function, array<vec4f, KEYS>>, token: u32, value: f32) -> f32 {
  var sum = vec4f();
  for (var j = 0u; j < KEYS; j += 1u) {
    let s = (token * KEYS + j) * 4u;
    var quad = (*held)[j];
    if (!GLOBAL) {
      let decay = vec4f(decays[s], decays[s + 1u], decays[s + 2u], decays[s + 3u]);
      quad = quad * decay + value * vec4f(keys[s], keys[s + 1u], keys[s + 2u], keys[s + 3u]);
      (*held)[j] = quad;
    }
    sum = fma(quad, vec4f(queries[s], queries[s + 1u], queries[s + 2u], queries[s + 3u]), sum);
  }
  return sum.x + sum.y + sum.z + sum.w;
}
