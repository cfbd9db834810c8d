// The two products of tiled attention. A workgroup of 128 owns 32 rows of one side, the 64 others of a tile pass by.
// Invocation (ty, tx) of 8 x 16 holds own rows 4 ty + i, of a tile of products the others tx + 16 j, and of sums the columns
// 4 tx + i of every 64. The including shader says what is loaded: load_own(kind, base, row, channel) and load_other.
const OWN: u32 = 32;
const OTHER: u32 = 64;
const STEP: u32 = 16;

// Weights: [own quad][other], a vector holds four own rows.
var<workgroup> weights: array<vec4f, 8u * OTHER>;
// A step of own rows as [channel][quad of rows], then of others as [channel][16 vectors]; or of others as [row][column quad].
const OWN_STRIDE: u32 = 9;
const OTHER_STRIDE: u32 = 17;
const OTHER_BASE: u32 = STEP * OWN_STRIDE;
var<workgroup> staged: array<vec4f, STEP * (OWN_STRIDE + OTHER_STRIDE)>;

// Column i of the result: own row 4 ty + i against the four others.
fn products(kind: u32, own_base: u32, other_base: u32, own0: u32, other0: u32, channels: u32, lid: u32) -> mat4x4f {
  let e = lid % 128u;
  var s = mat4x4f();
  for (var channel = 0u; channel < channels; channel += STEP) {
    let own = load_own(kind, own_base, own0 + e / 4u, channel + e % 4u * 4u);
    for (var i = 0u; i < 4u; i += 1u) { staged[(e % 4u * 4u + i) * OWN_STRIDE + e / 16u][e / 4u % 4u] = own[i]; }
    for (var half = 0u; half < 2u; half += 1u) {
      let row = half * 32u + e / 4u;
      let other = load_other(kind, other_base, other0 + row, channel + e % 4u * 4u);
      for (var i = 0u; i < 4u; i += 1u) {
        staged[OTHER_BASE + (e % 4u * 4u + i) * OTHER_STRIDE + row % 16u][row / 16u] = other[i];
      }
    }
    workgroupBarrier();
    for (var c = 0u; c < STEP; c += 1u) {
      let x = staged[c * OWN_STRIDE + e / 16u];
      let y = staged[OTHER_BASE + c * OTHER_STRIDE + e % 16u];
      s += mat4x4f(x.x * y, x.y * y, x.z * y, x.w * y);
    }
    workgroupBarrier();
  }
  return s;
}

// A barrier must follow before weighted() reads them; the first one inside it does.
fn set_weights(s: mat4x4f, lid: u32) {
  let columns = transpose(s);
  for (var j = 0u; j < 4u; j += 1u) { weights[lid % 128u / 16u * OTHER + lid % 16u + j * 16u] = columns[j]; }
}

// sum + weights x others, for columns [64 block, 64 block + 64).
fn weighted(sum: mat4x4f, kind: u32, base: u32, other0: u32, block: u32, lid: u32) -> mat4x4f {
  let e = lid % 128u;
  var result = sum;
  for (var first = 0u; first < OTHER; first += STEP) {
    for (var half = 0u; half < 2u; half += 1u) {
      let row = first + half * 8u + e / 16u;
      staged[e + half * 128u] = load_other(kind, base, other0 + row, block * 64u + e % 16u * 4u);
    }
    workgroupBarrier();
    for (var j = 0u; j < STEP; j += 1u) {
      let x = weights[e / 16u * OTHER + first + j];
      let y = staged[j * 16u + e % 16u];
      result += mat4x4f(x.x * y, x.y * y, x.z * y, x.w * y);
    }
    workgroupBarrier();
  }
  return result;
}
