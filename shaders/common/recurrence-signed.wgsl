// Where recurrence-signed-products.wgsl leaves what recurrence-signed-gradients.wgsl takes.
const ROWS: u32 = 16;

// First of the products of dO and v.
fn pairs_start() -> u32 {
  return (2u * ROWS + 1u) * params.keys;
}

fn products_per_chunk() -> u32 {
  return pairs_start() + ROWS * ROWS;
}
