// Where the chunks of a call lie. The sequences come as runs of equal lengths: run.x is the first row, run.y the length,
// run.z the number of its first chunk and run.w that of its first sequence. Rows are micro-steps: steps of the recurrence.
struct Params {
  group_base: u32,
  group_count: u32,
  // The entries to write are [first, end).
  first: u32,
  end: u32,
  chunk: u32,
  runs: u32,
  householders: u32,
  pad1: u32,
  run: array<vec4u, 14>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> entries: array<vec4u>;

//!include common/workgroup.wgsl

// True: one entry per sequence (first chunk, chunks, first row, rows); false: per chunk (first row, rows, sequence,
// the sum of the first and the last token of the sequence).
const SEQUENCES: bool = false;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lid: u32,
) {
  let g = group_index(wid, nwg);
  if (g >= params.group_count) { return; }
  let entry = params.first + g * 256u + lid;
  if (entry >= params.end) { return; }
  var run = params.run[0];
  for (var i = 1u; i < params.runs; i += 1u) {
    let next = params.run[i];
    if (select(next.z, next.w, SEQUENCES) <= entry) { run = next; }
  }
  let chunks = (run.y + params.chunk - 1u) / params.chunk;
  if (SEQUENCES) {
    let index = entry - run.w;
    entries[entry] = vec4u(run.z + index * chunks, chunks, run.x + index * run.y, run.y);
    return;
  }
  let index = (entry - run.z) / chunks;
  let done = (entry - run.z) % chunks * params.chunk;
  let first = run.x + index * run.y;
  let ends = (2u * first + run.y) / params.householders - 1u;
  entries[entry] = vec4u(first + done, min(params.chunk, run.y - done), run.w + index, ends);
}
