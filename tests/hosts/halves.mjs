/**
 * f16 on an adapter that has the feature, in plain JavaScript without imports. Products of small integers are exact in every
 * order of adding, so both backends must give the very same ones.
 */

const small = (size, seed) => Float32Array.from({ length: size }, (_, i) => ((i * seed) % 9) - 4);

/** @returns the variants that ran and the largest differences between the backends; throws where f16 is missing */
export async function halves({ createEngine, matmul, attention, exp }, options) {
  const engine = await createEngine(options);
  if (!engine.gpu?.caps.f16) throw new Error(`no f16: ${engine.gpu?.description ?? engine.gpuAbsent}`);
  const tensor = (shape, dtype, seed) =>
    engine.tensor(
      small(
        shape.reduce((a, b) => a * b),
        seed,
      ),
      { shape, dtype },
    );
  const difference = async (run) => {
    const [x, y] = await Promise.all(["webgpu", "wasm"].map(async (on) => (await run(on)).data()));
    return x.reduce((most, value, i) => Math.max(most, Math.abs(value - y[i])), 0);
  };
  const a = tensor([68, 20], "f16", 5);
  const b = tensor([20, 132], "f16", 7);
  const wide = tensor([20, 132], "f32", 7);
  const flipped = tensor([132, 20], "f16", 7);
  const q = tensor([1, 9, 2, 8], "f16", 5);
  const report = {
    variant: engine.explain(matmul, a, b, { on: "webgpu" }).variant,
    product: await difference((on) => matmul(a, b, { on })),
    mixed: await difference((on) => matmul(a, wide, { on })),
    transposed: await difference((on) => matmul(a, flipped, { on, transposeB: true })),
    attention: await difference((on) => attention(q, q, q, { on, causal: true })),
    exp: await difference((on) => exp(q, { on })),
  };
  engine.destroy();
  return report;
}
