/**
 * The slopes of ALiBi (Press, Smith and Lewis 2022): 2^(-8 i / n) for i = 1 .. n heads when n is a power of two; else those
 * of the power below, followed by every other one of the power above.
 */
export function alibiSlopes(heads: number): number[] {
  const geometric = (count: number) => Array.from({ length: count }, (_, i) => 2 ** ((-8 * (i + 1)) / count));
  const power = 2 ** Math.floor(Math.log2(Math.max(1, heads)));
  const between = geometric(2 * power).filter((_, i) => i % 2 === 0);
  return [...geometric(power), ...between].slice(0, heads);
}
