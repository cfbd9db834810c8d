// Reduce, then scan: the total of every tile; what comes before each, by one workgroup per line; the scans of the tiles. Traffic is
// three times the data where a copy has two. The sums do not depend on which workgroup is faster.

//!include common/scan-quads.wgsl
//!include common/scan-quads-write.wgsl

// What is scanned already of every line, then what its tiles come to, then what comes before them.
@group(0) @binding(2) var<storage, read_write> spine: array<Number>;
@group(0) @binding(3) var<storage, read_write> dst: array<vec4u>;

// The spine says what comes before every tile.
const CARRIED: bool = true;
// Adjacent totals that an invocation takes.
const RUN: u32 = 16u;

@compute @workgroup_size(LANES)
fn totals(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let g = group_index(wid, nwg);
  if (g >= params.group_count) { return; }
  let line = g / params.tiles;
  let q = g % params.tiles * QUADS + lane;
  var sums = join4(load_quad(line, q), load_quad(line, q + LANES));
  sums = join4(sums, join4(load_quad(line, q + 2u * LANES), load_quad(line, q + 3u * LANES)));
  stage[lane] = sums;
  for (var half = LANES / 2u; half > 0u; half >>= 1u) {
    workgroupBarrier();
    if (lane < half) { stage[lane] = join4(stage[lane], stage[lane + half]); }
  }
  if (lane == 0u) {
    let total = stage[0];
    spine[params.lines + g] = join(join(total.x, total.y), join(total.z, total.w));
  }
}

@compute @workgroup_size(LANES)
fn carries(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let line = group_index(wid, nwg);
  if (line >= params.group_count) { return; }
  let base = params.lines + line * params.tiles;
  var carry = unit();
  if (params.goes_on != 0u) { carry = spine[line]; }
  for (var done = 0u; done < params.tiles; done += LANES * RUN) {
    let start = done + lane * RUN;
    let end = min(start + RUN, params.tiles);
    var own = unit();
    for (var i = start; i < end; i++) { own = join(own, spine[base + i]); }
    let lanes = scan_lanes(vec4<Number>(own), lane);
    var running = join(carry, lanes.before.x);
    for (var i = start; i < end; i++) {
      let total = spine[base + i];
      spine[base + i] = running;
      running = join(running, total);
    }
    carry = join(carry, lanes.total.x);
  }
  if (lane == 0u) { spine[line] = carry; }
}

@compute @workgroup_size(LANES)
fn tiles(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let g = group_index(wid, nwg);
  if (g >= params.group_count) { return; }
  let line = g / params.tiles;
  let tile = g % params.tiles;
  var prefix = unit();
  if (CARRIED) { prefix = spine[params.lines + g]; }
  store_tile(line, tile, lane, prefix, scan_tile(line, tile, lane));
}
