/** What a number becomes in another dtype: one rounding to nearest even for floats, truncation that saturates for integers. */
import { decodeArray, encodeArray, type SmallFloat } from "../tensor/codecs.js";

const ranges: Record<string, readonly [number, number]> = {
  i8: [-128, 127],
  u8: [0, 255],
  i32: [-(2 ** 31), 2 ** 31 - 1],
  u32: [0, 2 ** 32 - 1],
};

export function castOracle(x: number, dtype: string): number {
  const range = ranges[dtype];
  if (range) return Number.isNaN(x) ? 0 : Math.min(Math.max(Math.trunc(x), range[0]), range[1]);
  if (dtype === "f64") return x;
  if (dtype === "f32") return Math.fround(x);
  return decodeArray(dtype as SmallFloat, encodeArray(dtype as SmallFloat, [x]))[0] as number;
}
