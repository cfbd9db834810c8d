// What stands on the diagonal of a recurrence that reads before it writes (RWKV-6): a factor per key head and channel.
const HAS_BONUS: bool = false;

fn bonus_of(head: u32, quad: u32) -> vec4f {
  var factors = vec4f();
  if (!HAS_BONUS) { return factors; }
  let first = head / params.share * params.keys + quad * 4u;
  for (var i = 0u; i < 4u && quad * 4u + i < params.keys; i += 1u) { factors[i] = bonus[first + i]; }
  return factors;
}
