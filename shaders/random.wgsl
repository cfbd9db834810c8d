// Variates from Threefry-2x32-20 (Salmon, Moraes, Dror and Shaw 2011), four per invocation: element e of a stream is word e & 1 of
// counter e >> 1. Words, uniforms and integers have the bits of assembly/random/random.ts.

//!include common/workgroup.wgsl
//!include common/math.wgsl

struct Params {
  group_base: u32,
  group_count: u32,
  quads: u32,
  // The first element's counter, and which of its words.
  counter_low: u32,
  counter_high: u32,
  skip: u32,
  key_0: u32,
  key_1: u32,
  low: u32,
  range: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> dst: array<vec4u>;

// 0 words, 1 f32 in [0, 1), 2 standard normal, 3 integers in [low, low + range).
const KIND: u32 = 0u;

fn rotated(x: u32, by: u32) -> u32 {
  return (x << by) | (x >> (32u - by));
}

// The pair of words of the counter `after` the first.
fn words(after: u32) -> vec2u {
  let low = params.counter_low + after;
  let high = params.counter_high + select(0u, 1u, low < after);
  let key_2 = params.key_0 ^ params.key_1 ^ 0x1bd11bdau;
  var keys = array<u32, 3>(params.key_0, params.key_1, key_2);
  var rotations = array<u32, 8>(13u, 15u, 26u, 6u, 17u, 29u, 16u, 24u);
  var x = low + params.key_0;
  var y = high + params.key_1;
  for (var group = 0u; group < 5u; group++) {
    for (var round = 0u; round < 4u; round++) {
      x += y;
      y = rotated(y, rotations[(group & 1u) * 4u + round]) ^ x;
    }
    x += keys[(group + 1u) % 3u];
    y += keys[(group + 2u) % 3u] + group + 1u;
  }
  return vec2u(x, y);
}

fn polynomial(coefficients: array<f32, 9>, t: vec4f) -> vec4f {
  var table = coefficients;
  var p = vec4f(table[0]);
  for (var i = 1u; i < 9u; i++) { p = fma(p, t, vec4f(table[i])); }
  return p;
}

fn normal(bits: vec4u) -> vec4f {
  let k = bitcast<vec4i>(bits >> vec4u(9u));
  let x = vec4f(k + k + vec4i(1 - 0x800000)) * 1.1920928955078125e-7;
  let w = -log4((1.0 - x) * (1.0 + x));
  let central = x * polynomial(array<f32, 9>(
    3.33680603e-8, 4.86929991e-7, -4.90178627e-6, -6.22942071e-6, 0.000308792107, -0.00177296088, -0.0059076855, 0.348802596,
    2.12331343,
  ), w - 2.5);
  let tail = polynomial(array<f32, 9>(
    -2.52011741e-5, 8.04871597e-5, -5.75245431e-5, -0.000313011464, 0.00161718798, -0.0048720208, 0.00967829395, 1.41797876,
    4.00618696,
  ), sqrt(abs(w)) - 3.0);
  return select(central, with_sign(tail, x), w > vec4f(5.0));
}

fn multiply_high(a: u32, b: u32) -> u32 {
  let low = (a & 0xffffu) * (b & 0xffffu);
  let cross = (a >> 16u) * (b & 0xffffu) + (low >> 16u);
  let other = (a & 0xffffu) * (b >> 16u) + (cross & 0xffffu);
  return (a >> 16u) * (b >> 16u) + (cross >> 16u) + (other >> 16u);
}

fn variates(bits: vec4u) -> vec4u {
  if (KIND == 1u) { return bitcast<vec4u>(vec4f(bits >> vec4u(8u)) * 5.9604644775390625e-8); }
  if (KIND == 2u) { return bitcast<vec4u>(normal(bits)); }
  if (KIND == 3u) {
    let r = params.range;
    let high = vec4u(
      multiply_high(bits.x, r), multiply_high(bits.y, r), multiply_high(bits.z, r), multiply_high(bits.w, r),
    );
    return vec4u(params.low) + high;
  }
  return bits;
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let g = group_index(wid, nwg);
  let i = g * 256u + lane;
  if (g >= params.group_count || i >= params.quads) { return; }
  let first = words(2u * i);
  let second = words(2u * i + 1u);
  var bits = vec4u(first, second);
  if (params.skip == 1u) { bits = vec4u(first.y, second, words(2u * i + 2u).x); }
  dst[i] = variates(bits);
}
