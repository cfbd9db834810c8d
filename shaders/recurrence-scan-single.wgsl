// Single pass with look-back and fallback (Smith, Levien and Owens, SPAA 2025, after Merrill and Garland): a workgroup publishes
// the total of its tile, then looks at those before it until it meets one that knows what all up to it come to. It never waits:
// where a neighbour has published nothing after a few looks, it reads that tile itself. So it ends wherever workgroups run one after
// the other, in any order. Tiles are taken in the order in which workgroups start, which the numbers of workgroups are not.

//!include common/scan-quads.wgsl
//!include common/scan-quads-write.wgsl

// A counter of tiles taken, then two words for every tile, each with half of a number below its state. The state stands highest, so
// that atomicMax never takes knowledge back.
@group(0) @binding(2) var<storage, read_write> spine: array<atomic<u32>>;
@group(0) @binding(3) var<storage, read_write> dst: array<vec4u>;

const FIRST_TILE: u32 = 1u;
const TOTAL: u32 = 1u;
const INCLUSIVE: u32 = 2u;

// Tiles that one look takes in, and looks without progress before it reads a tile itself.
const WINDOW: u32 = 32u;
const PATIENCE: u32 = 4u;
// Tests let every so many tiles publish nothing.
const SILENT: u32 = 0u;

const DONE: u32 = 0xffffffffu;
const AGAIN: u32 = 0xfffffffeu;

var<workgroup> ticket: u32;
var<workgroup> verdict: u32;
var<workgroup> prefix_bits: u32;
var<workgroup> seen: array<vec2u, WINDOW>;

fn publish(tile: u32, state: u32, number: Number) {
  let bits = bitcast<u32>(number);
  atomicMax(&spine[FIRST_TILE + 2u * tile], (state << 16u) | (bits & 0xffffu));
  atomicMax(&spine[FIRST_TILE + 2u * tile + 1u], (state << 16u) | (bits >> 16u));
}

// State and bits of a tile. Halves of different states are none.
fn look(tile: u32) -> vec2u {
  let low = atomicLoad(&spine[FIRST_TILE + 2u * tile]);
  let high = atomicLoad(&spine[FIRST_TILE + 2u * tile + 1u]);
  let state = select(0u, low >> 16u, low >> 16u == high >> 16u);
  return vec2u(state, (low & 0xffffu) | (high << 16u));
}

@compute @workgroup_size(LANES)
fn clear(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let g = group_index(wid, nwg);
  if (g >= params.group_count) { return; }
  let i = g * LANES + lane;
  if (i < FIRST_TILE + 2u * params.lines * params.tiles) { atomicStore(&spine[i], 0u); }
}

@compute @workgroup_size(LANES)
fn single(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  if (group_index(wid, nwg) >= params.group_count) { return; }
  if (lane == 0u) { ticket = atomicAdd(&spine[0], 1u); }
  let own = workgroupUniformLoad(&ticket);
  let line = own / params.tiles;
  let first = line * params.tiles;
  let scan = scan_tile(line, own - first, lane);
  let isSilent = SILENT != 0u && own % max(SILENT, 1u) == 0u;
  if (lane == 0u && !isSilent) { publish(own, select(TOTAL, INCLUSIVE, own == first), scan.total); }

  // Lane 0 joins what lies between `at` and the own tile.
  var before = unit();
  var at = own;
  var looks = 0u;
  for (; own > first;) {
    if (lane < WINDOW) {
      // Where `at` is differs between lanes no more than what lane 0 told them.
      let distance = lane + 1u;
      seen[lane] = vec2u(0u);
      if (at >= first + distance) { seen[lane] = look(at - distance); }
    }
    workgroupBarrier();
    if (lane == 0u) {
      var next = AGAIN;
      var moved = 0u;
      for (var i = 0u; i < WINDOW; i++) {
        let one = seen[i];
        if (one.x == 0u) { break; }
        before = join(bitcast<Number>(one.y), before);
        moved++;
        if (one.x == INCLUSIVE) {
          next = DONE;
          break;
        }
      }
      at -= moved;
      looks = select(looks + 1u, 0u, moved > 0u);
      if (next == AGAIN && looks >= PATIENCE) { next = at - 1u; }
      verdict = next;
      ticket = at;
    }
    let missing = workgroupUniformLoad(&verdict);
    at = workgroupUniformLoad(&ticket);
    if (missing == DONE) { break; }
    if (missing == AGAIN) { continue; }
    let total = scan_tile(line, missing - first, lane).total;
    at = missing;
    looks = 0u;
    if (lane == 0u) {
      publish(missing, select(TOTAL, INCLUSIVE, missing == first), total);
      before = join(total, before);
    }
    if (missing == first) { break; }
  }
  if (lane == 0u) {
    if (own > first && !isSilent) { publish(own, INCLUSIVE, join(before, scan.total)); }
    prefix_bits = bitcast<u32>(before);
  }
  let prefix = bitcast<Number>(workgroupUniformLoad(&prefix_bits));
  store_tile(line, own - first, lane, prefix, scan);
}
