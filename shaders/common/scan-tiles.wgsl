// Scans in three dispatches (reduce, then scan): the total of every tile of a line; what comes before each tile, by one workgroup
// per line; and the scans of the tiles. Traffic is three times the data where a copy has two; no workgroup waits for another.
// Short lines need the last one alone, and many short lines an invocation each. The spine begins with what comes before what is left
// of every line, for lines that are scanned piece by piece.

//!include common/scan-items.wgsl

const EXCLUSIVE: bool = false;
// Invocations of a workgroup, and adjacent elements that each of them takes: a tile is their product.
const LANES: u32 = 128u;
const RUN: u32 = 16u;
// The spine says what comes before every tile.
const CARRIED: bool = true;

var<workgroup> shared_items: array<Item, LANES>;

// The join of the items of all lanes before this one; shared_items holds the inclusive ones until the next call.
fn before_lane(own: Item, lane: u32) -> Item {
  workgroupBarrier();
  shared_items[lane] = own;
  for (var distance = 1u; distance < LANES; distance <<= 1u) {
    workgroupBarrier();
    var mine = shared_items[lane];
    if (lane >= distance) { mine = combined(shared_items[lane - distance], mine); }
    workgroupBarrier();
    shared_items[lane] = mine;
  }
  workgroupBarrier();
  if (lane == 0u) { return Item(unit(), 0u); }
  return shared_items[lane - 1u];
}

@compute @workgroup_size(LANES)
fn totals(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let g = group_index(wid, nwg);
  if (g >= params.group_count) { return; }
  let line = g / params.tiles;
  let start = params.begin + (g % params.tiles * LANES + lane) * RUN;
  var own = item_at(line, start);
  for (var i = 1u; i < RUN; i++) { own = combined(own, item_at(line, start + i)); }
  before_lane(own, lane);
  if (lane == 0u) { spine[params.lines + g] = shared_items[LANES - 1u]; }
}

// Totals become what comes before their tiles: a tile's worth of them at a time, so that a sum passes through few additions.
@compute @workgroup_size(LANES)
fn carries(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let line = group_index(wid, nwg);
  if (line >= params.group_count) { return; }
  let base = params.lines + line * params.tiles;
  var carry = Item(first(params.first_line + line), 0u);
  if (params.goes_on != 0u) { carry = spine[line]; }
  for (var done = 0u; done < params.tiles; done += LANES * RUN) {
    let start = done + lane * RUN;
    var own = Item(unit(), 0u);
    for (var i = 0u; i < RUN; i++) {
      if (start + i < params.tiles) { own = combined(own, spine[base + start + i]); }
    }
    var running = combined(carry, before_lane(own, lane));
    for (var i = 0u; i < RUN; i++) {
      if (start + i < params.tiles) {
        let total = spine[base + start + i];
        spine[base + start + i] = running;
        running = combined(running, total);
      }
    }
    carry = combined(carry, shared_items[LANES - 1u]);
  }
  if (lane == 0u) { spine[line] = carry; }
}

fn write(line: u32, position: u32, before: Item, own: Item, after: Item) {
  var value = after.value;
  if (EXCLUSIVE) {
    value = before.value;
    if (own.reset != 0u) { value = unit(); }
  }
  put(index_of(line, position), value);
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
  let start = params.begin + (g % params.tiles * LANES + lane) * RUN;
  var own: array<Item, RUN>;
  own[0] = item_at(line, start);
  var sum = own[0];
  for (var i = 1u; i < RUN; i++) {
    own[i] = item_at(line, start + i);
    sum = combined(sum, own[i]);
  }
  var carry = Item(first(params.first_line + line), 0u);
  if (CARRIED) { carry = spine[params.lines + g]; }
  var running = combined(carry, before_lane(sum, lane));
  for (var i = 0u; i < RUN; i++) {
    let next = combined(running, own[i]);
    if (start + i < params.end) { write(line, start + i, running, own[i], next); }
    running = next;
  }
}

@compute @workgroup_size(LANES)
fn lines(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let line = group_index(wid, nwg) * LANES + lane;
  if (line >= params.lines) { return; }
  var running = Item(first(params.first_line + line), 0u);
  for (var position = params.begin; position < params.end; position++) {
    let own = item_at(line, position);
    let next = combined(running, own);
    write(line, position, running, own, next);
    running = next;
  }
}
