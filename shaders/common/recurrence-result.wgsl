// Four columns of a row of the result.
const FORMAT: u32 = 8;

fn store_result(at: u32, column: u32, columns: u32, quad: vec4f) {
  let codes = float_codes(quad, FORMAT);
  if (FORMAT == 8u) {
    for (var i = 0u; i < 4u && column + i < columns; i += 1u) { result[at + column + i] = codes[i]; }
  } else {
    for (var i = 0u; i < 4u && column + i < columns; i += 2u) {
      result[(at + column + i) / 2u] = codes[i] | (codes[i + 1u] << 16u);
    }
  }
}
