// Sums of a block of adjacent f32. Groups of 16 are summed as f32, in a tree of four additions, and what comes before a group is
// carried as a double: rounding errors stay those of a group, however long the block, at a third of the cost of summing doubles.

/** x with its lanes moved on by one or two in the direction of the scan, zeros behind them. */
// @ts-ignore: decorator
@inline
function moved(x: v128, by: i32, reversed: bool): v128 {
  const zero = f32x4.splat(0);
  if (by == 1) return reversed ? i32x4.shuffle(x, zero, 1, 2, 3, 4) : i32x4.shuffle(zero, x, 3, 4, 5, 6);
  return reversed ? i32x4.shuffle(x, zero, 2, 3, 4, 5) : i32x4.shuffle(zero, x, 2, 3, 4, 5);
}

/** Running sums of the four lanes. */
// @ts-ignore: decorator
@inline
function prefixes(x: v128, reversed: bool): v128 {
  const two = f32x4.add(x, moved(x, 1, reversed));
  return f32x4.add(two, moved(two, 2, reversed));
}

/** The sum of all lanes of prefixes(), in each. */
// @ts-ignore: decorator
@inline
function whole(sums: v128, reversed: bool): v128 {
  return reversed ? i32x4.shuffle(sums, sums, 0, 0, 0, 0) : i32x4.shuffle(sums, sums, 3, 3, 3, 3);
}

// @ts-ignore: decorator
@inline
function put(dst: usize, before: v128, sums: v128, exclusive: bool, reversed: bool): void {
  v128.store(dst, f32x4.add(before, exclusive ? moved(sums, 1, reversed) : sums));
}

// @ts-ignore: decorator
@inline
function sumsOf(exclusive: bool, reversed: bool, src: usize, dst: usize, n: i32, state: usize): void {
  const before = load<f64>(state);
  // Two lanes of the same: a scalar of its own would cost a move for every conversion.
  let carry = f64x2.splat(before);
  let total = f64x2.splat(0);
  let at = reversed ? src + ((<usize>n) << 2) : src;
  let to = dst + (at - src);
  for (; n >= 16; n -= 16) {
    if (reversed) {
      at -= 64;
      to -= 64;
    }
    const a = prefixes(v128.load(at + (reversed ? 48 : 0)), reversed);
    const b = prefixes(v128.load(at + (reversed ? 32 : 16)), reversed);
    const c = prefixes(v128.load(at + (reversed ? 16 : 32)), reversed);
    const d = prefixes(v128.load(at + (reversed ? 0 : 48)), reversed);
    const one = whole(a, reversed);
    const two = f32x4.add(one, whole(b, reversed));
    const three = f32x4.add(two, whole(c, reversed));
    const four = f32x4.add(three, whole(d, reversed));
    if (dst) {
      const rounded = f32x4.demote_f64x2_zero(carry);
      const base = i32x4.shuffle(rounded, rounded, 0, 0, 0, 0);
      put(reversed ? to + 48 : to, base, a, exclusive, reversed);
      put(reversed ? to + 32 : to + 16, f32x4.add(base, one), b, exclusive, reversed);
      put(reversed ? to + 16 : to + 32, f32x4.add(base, two), c, exclusive, reversed);
      put(reversed ? to : to + 48, f32x4.add(base, three), d, exclusive, reversed);
    }
    const group = f64x2.promote_low_f32x4(four);
    carry = f64x2.add(carry, group);
    total = f64x2.add(total, group);
    if (!reversed) {
      at += 64;
      to += 64;
    }
  }
  let running = f64x2.extract_lane(carry, 0);
  let sum = f64x2.extract_lane(total, 0);
  for (; n > 0; n--) {
    if (reversed) {
      at -= 4;
      to -= 4;
    }
    const x = <f64>load<f32>(at);
    if (dst) store<f32>(to, <f32>(exclusive ? running : running + x));
    running += x;
    sum += x;
    if (!reversed) {
      at += 4;
      to += 4;
    }
  }
  store<f64>(state, before + sum);
}

// Functions of their own: inlined beside the loops of all other scans, this one runs at half its speed.
function forwards(src: usize, dst: usize, n: i32, state: usize): void {
  sumsOf(false, false, src, dst, n, state);
}

function forwardsExclusive(src: usize, dst: usize, n: i32, state: usize): void {
  sumsOf(true, false, src, dst, n, state);
}

function backwards(src: usize, dst: usize, n: i32, state: usize): void {
  sumsOf(false, true, src, dst, n, state);
}

function backwardsExclusive(src: usize, dst: usize, n: i32, state: usize): void {
  sumsOf(true, true, src, dst, n, state);
}

/** Adds the block's total to the double at state; writes sums where dst is not 0. */
// @ts-ignore: decorator
@inline
export function sumBlock(exclusive: bool, reversed: bool, src: usize, dst: usize, n: i32, state: usize): void {
  if (reversed && exclusive) backwardsExclusive(src, dst, n, state);
  else if (reversed) backwards(src, dst, n, state);
  else if (exclusive) forwardsExclusive(src, dst, n, state);
  else forwards(src, dst, n, state);
}
