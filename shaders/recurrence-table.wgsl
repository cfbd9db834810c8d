// Numbers that the host knows, into a buffer that shaders read: a call's parameters are few, the starts of packed sequences many.
struct Params {
  group_base: u32,
  group_count: u32,
  offset: u32,
  count: u32,
  words: array<vec4u, 15>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> table: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) lid: u32) {
  if (lid < params.count) { table[params.offset + lid] = params.words[lid / 4u][lid % 4u]; }
}
