// The recurrence with one invocation per key channel, which holds its row of the state and walks a chunk. Without READ: the
// state that the chunk alone makes of nothing. With READ: from the state before the chunk, dq_t = scale / l_t S_t dO_t, and per
// token what the way back needs: the maximum, scale q_t / l_t and q_t dq_t / l_t.
//!include common/lightnet.wgsl
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> q: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read> k: array<f32>;
@group(0) @binding(4) var<storage, read> v: array<f32>;
@group(0) @binding(5) var<storage, read> gradient: array<f32>;
@group(0) @binding(6) var<storage, read_write> states: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> dq: array<f32>;
@group(0) @binding(8) var<storage, read_write> marks: array<f32>;
//!include common/workgroup.wgsl

const READ: bool = false;
// Tokens staged at a time.
const TOKENS: u32 = 16;

var<workgroup> values: array<f32, TOKENS * ROW * 4u>;
var<workgroup> gradients: array<f32, TOKENS * ROW * 4u>;

fn stage(unit: u32, first: u32, end: u32, lid: u32) {
  let width = ROW * 4u;
  for (var i = lid; i < TOKENS * width; i += 64u) {
    let column = i % width;
    let exists = first + i / width < end && column < params.e;
    let at = value_at(unit, min(first + i / width, end - 1u)) + min(column, params.e - 1u);
    values[i] = select(0.0, v[at], exists);
    if (READ) { gradients[i] = select(0.0, gradient[at], exists); }
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
  var gate = Gate(EMPTY, 0.0, 1.0, 0.0);
  var row: array<vec4f, ROW>;
  let source = row_at(select(unit * params.chunks + chunk, unit, READ && GLOBAL), channel);
  if (READ) {
    gate.most = states[source].x;
    gate.sum = states[source].y;
    for (var j = 0u; j < ROW; j += 1u) { row[j] = states[source + 1u + j]; }
  }
  let end = min(params.tokens, (chunk + 1u) * params.chunk);
  for (var first = chunk * params.chunk; first < end; first += TOKENS) {
    workgroupBarrier();
    stage(unit, first, end, lid);
    workgroupBarrier();
    for (var i = 0u; i < min(TOKENS, end - first); i += 1u) {
      let at = key_at(unit, first + i) + channel;
      if (!(READ && GLOBAL)) {
        gate = next_gate(gate, x[at]);
        var key = gate.weight;
        if (HAS_KEY) { key *= k[at]; }
        for (var j = 0u; j < ROW; j += 1u) {
          let s = (i * ROW + j) * 4u;
          row[j] = row[j] * gate.decay + key * vec4f(values[s], values[s + 1u], values[s + 2u], values[s + 3u]);
        }
      }
      if (READ) {
        var sum = vec4f();
        for (var j = 0u; j < ROW; j += 1u) {
          let s = (i * ROW + j) * 4u;
          sum = fma(row[j], vec4f(gradients[s], gradients[s + 1u], gradients[s + 2u], gradients[s + 3u]), sum);
        }
        let result = over(params.scale, gate.sum) * (sum.x + sum.y + sum.z + sum.w);
        if (exists) {
          let mark = ((unit * params.tokens + first + i) * params.d + channel) * 3u;
          dq[at] = result;
          marks[mark] = gate.most;
          marks[mark + 1u] = over(params.scale, gate.sum) * q[at];
          marks[mark + 2u] = over(q[at] * result, gate.sum);
        }
      }
    }
  }
  if (!READ && exists) {
    states[source] = vec4f(gate.most, gate.sum, 0.0, 0.0);
    for (var j = 0u; j < ROW; j += 1u) { states[source + 1u + j] = row[j]; }
  }
}
