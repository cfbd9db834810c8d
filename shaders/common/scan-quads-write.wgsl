// Stores of scanned quads into dst, which the includer binds.

fn store_quad(line: u32, q: u32, before: Number, quad: vec4<Number>) {
  if (q >= params.quads) { return; }
  var numbers = join4(vec4<Number>(before), quad);
  if (EXCLUSIVE) { numbers = vec4<Number>(before, numbers.xyz); }
  let bits = bits_of(select(numbers, numbers.wzyx, REVERSED));
  dst[params.lead + line * params.stride + quad_in_memory(q)] = bits;
}

fn store_tile(line: u32, tile: u32, lane: u32, prefix: Number, scan: Tile) {
  let before = join4(vec4<Number>(prefix), scan.before);
  let q = tile * QUADS + lane;
  store_quad(line, q, before.x, scan.a);
  store_quad(line, q + LANES, before.y, scan.b);
  store_quad(line, q + 2u * LANES, before.z, scan.c);
  store_quad(line, q + 3u * LANES, before.w, scan.d);
}
