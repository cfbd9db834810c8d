/**
 * What must work on every host, in plain JavaScript without imports: the host gives it the package's namespace. The numbers
 * are small integers, so every backend and variant must give the very same ones.
 */

const rows = 37;
const inner = 29;
const columns = 53;
const left = Float32Array.from({ length: rows * inner }, (_, i) => (i % 7) - 3);
const right = Float32Array.from({ length: inner * columns }, (_, i) => (i % 5) - 2);

function expected(i, j) {
  let sum = 0;
  for (let k = 0; k < inner; k++) sum += left[i * inner + k] * right[k * columns + j];
  return sum;
}

/** @returns a JSON report; throws when a result is wrong */
export async function scenario({ createEngine, exp, matmul }, options = {}, on = undefined) {
  const engine = await createEngine(options);
  await engine.warmup();
  const where = on ? { on } : {};
  const before = engine.memory();
  const a = engine.tensor(left, { shape: [rows, inner] });
  const b = engine.tensor(right, { shape: [inner, columns] });
  const product = matmul(a, b, where);
  const values = await product.data();
  for (const [i, j] of [
    [0, 0],
    [rows - 1, columns - 1],
    [17, 31],
    [4, 50],
  ]) {
    const want = expected(i, j);
    if (values[i * columns + j] !== want)
      throw new Error(`[${i}, ${j}] is ${values[i * columns + j]}, expected ${want}`);
  }
  const powers = exp(product, where);
  const [power] = await powers.data();
  if (Math.abs(power / Math.exp(values[0]) - 1) > 1e-5) throw new Error(`exp(${values[0]}) is ${power}`);
  let refused = "";
  try {
    matmul(a, a);
  } catch (error) {
    refused = `${error.name} ${error.code}`;
  }
  for (const tensor of [powers, product, b, a]) tensor.dispose();
  const leaked = engine.memory().tensors - before.tensors;
  const report = { refused, leaked, wasm: engine.wasm.description, webgpu: engine.gpu?.description };
  engine.destroy();
  return JSON.parse(JSON.stringify(report));
}
