// Which tile of which batch a workgroup computes, and where the operands of that batch begin.
struct Params {
  group_base: u32,
  group_count: u32,
  m: u32,
  n: u32,
  k: u32,
  tiles_m: u32,
  tiles_n: u32,
  // batch = (i0 * batch_1 + i1) * batch_2 + i2; a stride is 0 where the operand is broadcast
  batch_1: u32,
  batch_2: u32,
  a_stride_0: u32,
  a_stride_1: u32,
  a_stride_2: u32,
  b_stride_0: u32,
  b_stride_1: u32,
  b_stride_2: u32,
  unused: u32,
}

struct Tile {
  row: u32,
  column: u32,
  batch: u32,
  a: u32,
  b: u32,
}

// Tiles are walked in bands of 8 columns, so that the groups in flight share rows of A and columns of B in the cache.
const BAND: u32 = 8;

fn tile_of(g: u32) -> Tile {
  let tiles = params.tiles_m * params.tiles_n;
  let batch = g / tiles;
  let t = g % tiles;
  let band = t / (BAND * params.tiles_m);
  let within = t % (BAND * params.tiles_m);
  let width = min(BAND, params.tiles_n - band * BAND);
  let i2 = batch % params.batch_2;
  let i1 = (batch / params.batch_2) % params.batch_1;
  let i0 = batch / (params.batch_2 * params.batch_1);
  return Tile(
    within / width,
    band * BAND + within % width,
    batch,
    i0 * params.a_stride_0 + i1 * params.a_stride_1 + i2 * params.a_stride_2,
    i0 * params.b_stride_0 + i1 * params.b_stride_1 + i2 * params.b_stride_2,
  );
}
