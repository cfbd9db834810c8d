// The linear index of a workgroup. The host numbers the groups of a kernel 0..group_count-1, folds the numbers into three
// dimensions (at most maxComputeWorkgroupsPerDimension each) and, when even that is too few, into several dispatches that
// start at params.group_base. The fold may overshoot, so every kernel begins with
//   let g = group_index(wid, nwg);
//   if (g >= params.group_count) { return; }
// which is uniform over the workgroup: barriers after it are in uniform control flow.
fn group_index(wid: vec3u, nwg: vec3u) -> u32 {
  return params.group_base + wid.x + nwg.x * (wid.y + nwg.y * wid.z);
}
