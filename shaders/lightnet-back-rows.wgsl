// The way back with one invocation per key channel, which holds its row of U, the sum of queries and dO from the end on, and N,
// the gradient of the normaliser. Without READ: U and N of the chunk alone. With READ, from those after the chunk:
// dk_t = e^(x_t - m_t) U_t v_t and dx_t = k_t dk_t - e^(x_t - m_t) N_t. marks: as lightnet-rows.wgsl leaves them.
//!include common/lightnet.wgsl
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> k: array<f32>;
@group(0) @binding(3) var<storage, read> v: array<f32>;
@group(0) @binding(4) var<storage, read> gradient: array<f32>;
@group(0) @binding(5) var<storage, read> marks: array<f32>;
@group(0) @binding(6) var<storage, read_write> states: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> dk: array<f32>;
@group(0) @binding(8) var<storage, read_write> dx: array<f32>;
//!include common/workgroup.wgsl

const READ: bool = false;
// Tokens staged at a time.
const TOKENS: u32 = 16;

var<workgroup> values: array<f32, TOKENS * ROW * 4u>;
var<workgroup> gradients: array<f32, TOKENS * ROW * 4u>;

// The tokens below `end`, from the last on.
fn stage(unit: u32, end: u32, count: u32, lid: u32) {
  let width = ROW * 4u;
  for (var i = lid; i < TOKENS * width; i += 64u) {
    let column = i % width;
    let exists = i / width < count && column < params.e;
    let at = value_at(unit, end - 1u - min(i / width, count - 1u)) + min(column, params.e - 1u);
    gradients[i] = select(0.0, gradient[at], exists);
    if (READ) { values[i] = select(0.0, v[at], exists); }
  }
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lid: u32,
) {
  let g = group_index(wid, nwg);
  if (g >= params.group_count) { return; }
  let blocks = (params.d + 63u) / 64u;
  let chunk = g / blocks % params.chunks;
  let unit = g / blocks / params.chunks;
  let own = g % blocks * 64u + lid;
  let channel = min(own, params.d - 1u);
  let exists = own < params.d;
  var reference = EMPTY;
  var normal = 0.0;
  var row: array<vec4f, ROW>;
  let source = row_at(select(unit * params.chunks + chunk, unit, READ && GLOBAL), channel);
  if (READ) {
    reference = states[source].x;
    normal = states[source].y;
    for (var j = 0u; j < ROW; j += 1u) { row[j] = states[source + 1u + j]; }
  }
  let first = chunk * params.chunk;
  for (var end = min(params.tokens, first + params.chunk); end > first; end -= min(TOKENS, end - first)) {
    let count = min(TOKENS, end - first);
    workgroupBarrier();
    stage(unit, end, count, lid);
    workgroupBarrier();
    for (var i = 0u; i < count; i += 1u) {
      let token = end - 1u - i;
      let mark = ((unit * params.tokens + token) * params.d + channel) * 3u;
      let most = marks[mark];
      if (!(READ && GLOBAL)) {
        let decay = exp_nonpositive(-abs(most - reference));
        reference = most;
        normal = fma(normal, decay, marks[mark + 2u]);
        for (var j = 0u; j < ROW; j += 1u) {
          let s = (i * ROW + j) * 4u;
          let quad = vec4f(gradients[s], gradients[s + 1u], gradients[s + 2u], gradients[s + 3u]);
          row[j] = row[j] * decay + marks[mark + 1u] * quad;
        }
      }
      if (READ) {
        var sum = vec4f();
        for (var j = 0u; j < ROW; j += 1u) {
          let s = (i * ROW + j) * 4u;
          sum = fma(row[j], vec4f(values[s], values[s + 1u], values[s + 2u], values[s + 3u]), sum);
        }
        let at = key_at(unit, token) + channel;
        let weight = weight_of(x[at], most);
        let result = weight * (sum.x + sum.y + sum.z + sum.w);
        var keyed = result;
        if (HAS_KEY) { keyed *= k[at]; }
        if (exists) {
          if (HAS_KEY) { dk[at] = result; }
          dx[at] = keyed - weight * normal;
        }
      }
    }
  }
  if (!READ && exists) {
    states[source] = vec4f(reference, normal, 0.0, 0.0);
    for (var j = 0u; j < ROW; j += 1u) { states[source + 1u + j] = row[j]; }
  }
}
