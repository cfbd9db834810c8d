// One bit per fraction of a box: are at least seven of the products M(1) ... M(p) modulo 5, 7, ..., 29 nilpotent? A workgroup decides
// 256 consecutive a beside one b, one fraction per invocation; see assembly/matrix-fields/nilpotency.ts for the mathematics.

//!include common/workgroup.wgsl

struct Params {
  group_base: u32,
  group_count: u32,
  a_count: u32,
  // Words of a row.
  words: u32,
  a_terms: u32,
  b_terms: u32,
  // The b of row 0.
  first: u32,
  // Workgroups of a row.
  tiles: u32,
  // Low and count of each coefficient: of a in xy, of b in zw.
  ranges: array<vec4i, 14>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> dst: array<u32>;

const PRIMES = array<u32, 8>(5u, 7u, 11u, 13u, 17u, 19u, 23u, 29u);

// b(1), ..., b(p) modulo each prime, one after another.
var<workgroup> values: array<u32, 124>;
// Bit k: b has a root modulo prime k.
var<workgroup> roots: atomic<u32>;
var<workgroup> bits: array<atomic<u32>, 8>;

// x mod p for x < 2^11: the quotient by 2^16 / p rounded up is exact while x p < 2^16.
fn mod_p(x: u32, p: u32, inverse: u32) -> u32 { return x - p * ((x * inverse) >> 16u); }

fn residue(x: i32, p: u32) -> u32 {
  let r = x % i32(p);
  return u32(select(r, r + i32(p), r < 0));
}

fn horner(c: ptr<function, array<u32, 16>>, terms: u32, n: u32, p: u32, inverse: u32) -> u32 {
  var value = 0u;
  for (var i = terms; i > 0u; i--) { value = mod_p(value * n + (*c)[i - 1u], p, inverse); }
  return value;
}

fn value_of_b(coefficients: ptr<function, array<i32, 16>>, n: u32, p: u32, inverse: u32) -> u32 {
  var value = 0u;
  for (var i = params.b_terms; i > 0u; i--) {
    value = mod_p(value * n + residue((*coefficients)[i - 1u], p), p, inverse);
  }
  return value;
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let g = group_index(wid, nwg);
  if (g >= params.group_count) { return; }
  let row = g / params.tiles;
  let tile = g % params.tiles;
  if (lane == 0u) { atomicStore(&roots, 0u); }
  if (lane < 8u) { atomicStore(&bits[lane], 0u); }
  workgroupBarrier();
  if (lane < 124u) {
    var k = 0u;
    var n = lane + 1u;
    while (n > PRIMES[k]) { n -= PRIMES[k]; k++; }
    var b: array<i32, 16>;
    var index = params.first + row;
    for (var i = params.b_terms; i > 0u; i--) {
      let count = u32(params.ranges[i - 1u].w);
      b[i - 1u] = params.ranges[i - 1u].z + i32(index % count);
      index /= count;
    }
    let value = value_of_b(&b, n, PRIMES[k], 65536u / PRIMES[k] + 1u);
    values[lane] = value;
    if (value == 0u) { atomicOr(&roots, 1u << k); }
  }
  workgroupBarrier();
  let a_index = tile * 256u + lane;
  if (countOneBits(atomicLoad(&roots)) >= 7u && a_index < params.a_count) {
    if (keeps(a_index)) { atomicOr(&bits[lane >> 5u], 1u << (lane & 31u)); }
  }
  workgroupBarrier();
  let word = tile * 8u + lane;
  if (lane < 8u && word < params.words) { dst[row * params.words + word] = atomicLoad(&bits[lane]); }
}

fn keeps(a_index: u32) -> bool {
  var a: array<i32, 16>;
  var index = a_index;
  for (var i = params.a_terms; i > 0u; i--) {
    let count = u32(params.ranges[i - 1u].y);
    a[i - 1u] = params.ranges[i - 1u].x + i32(index % count);
    index /= count;
  }
  var failures = 0u;
  var at = 0u;
  for (var k = 0u; k < 8u; k++) {
    let p = PRIMES[k];
    let inverse = 65536u / p + 1u;
    var c: array<u32, 16>;
    for (var i = 0u; i < params.a_terms; i++) { c[i] = residue(a[i], p); }
    // The rows (x.i, y.i) of the product.
    var x = vec2u(1u, 0u);
    var y = vec2u(0u, 1u);
    for (var n = 1u; n <= p; n++) {
      let sum = values[at] * x + horner(&c, params.a_terms, n, p, inverse) * y;
      at++;
      x = y;
      y = vec2u(mod_p(sum.x, p, inverse), mod_p(sum.y, p, inverse));
    }
    let trace = mod_p(x.x + y.y, p, inverse);
    let det = mod_p(x.x * y.y + (p - y.x) * x.y, p, inverse);
    if ((trace | det) != 0u) {
      failures++;
      if (failures == 2u) { return false; }
    }
  }
  return true;
}
