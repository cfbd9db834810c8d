// States of the interface: S normalised, [unit, d, e] or with V_FIRST [unit, e, d], beside the maximum and the sum, or z in place
// of both. m0 and l0 are those before the first token.
const V_FIRST: bool = false;
const HAS_STATE: bool = false;
const HAS_GATE: bool = false;
const HAS_SUM: bool = false;

fn state_at(unit: u32, channel: u32, value: u32) -> u32 {
  let whole = (params.first_unit + unit) * params.d * params.e;
  return whole + select(channel * params.e + value, value * params.d + channel, V_FIRST);
}

fn gate_at(unit: u32, channel: u32) -> u32 {
  return (params.first_unit + unit) * params.d + channel;
}

// Maximum and sum before the first token.
fn start_gate(at: u32) -> vec2f {
  let empty = vec2f(EMPTY, 0.0);
  if (!HAS_GATE) { return empty; }
  var sum = 1.0;
  if (HAS_SUM) { sum = l0[at]; }
  return select(vec2f(m0[at], sum), empty, is_hidden(m0[at]) || sum == 0.0);
}
