/** One scan and two over a cube of words, against double precision. */
import type { BackendName } from "../../backends/contract.js";
import type { Engine } from "../../engine/engine.js";
import { concat } from "../../ops/concat.js";
import { fill } from "../../ops/fill.js";
import { globalOracle, twoScansOracle } from "../../oracles/lightnet.js";
import { rotationOracle } from "../../oracles/lightnet-positions.js";
import { dimension } from "../text-embedding.js";
import type { TourCheck } from "../tour-stop.js";
import { lightnet } from "./lightnet.js";
import { MdLrpe } from "./md-lrpe.js";
import { thetaTable } from "./rotation-tables.js";
import type { Cube } from "./tour-cube.js";
import { twoScans } from "./two-scans.js";

/** The bounds of the operations. */
const bounds = { one: 1e-6, two: 1e-5 };

export async function checkCube(engine: Engine, cube: Cube, on: BackendName): Promise<TourCheck[]> {
  const { edge, tokens, words, logits } = cube;
  const shape = [1, tokens, 1, dimension];
  const rotation = { grid: [edge, edge, edge], heads: 1, d: dimension };
  const theta = thetaTable(rotation);
  const scale = dimension ** -0.5;
  const results = engine.scope(() => {
    const position = new MdLrpe(engine, { ...rotation, theta });
    const [x, k] = [engine.tensor(words, { shape }), engine.tensor(logits, { shape })];
    const key = position.apply(fill(engine, shape, 1, { on }), { on });
    const gate = concat([k, k], -1, { on });
    const { o } = lightnet(position.apply(x, { on }), key, x, { gate, global: true, scale, on });
    return { one: o, two: twoScans(x, k, x, { scale, on }) };
  });
  const sizes = { time: tokens, d: dimension, e: dimension, v: words, scale };
  const turn = (values: ArrayLike<number>) =>
    rotationOracle(values, { ...rotation, extra: 0, theta: theta.flatMap((row) => [...row]), kind: "cosine" });
  const expected = {
    one: globalOracle({
      ...{ ...sizes, d: 2 * dimension, q: turn(words), x: doubled(logits) },
      k: turn(new Float64Array(words.length).fill(1)),
    }).o,
    two: twoScansOracle({ ...sizes, q: words, x: logits }),
  };
  const checks: TourCheck[] = [];
  for (const name of ["one", "two"] as const) {
    const error = rmsRatio(await results[name].data(), expected[name]);
    results[name].dispose();
    const what = name === "one" ? "one scan, turned by three coordinates" : "two scans";
    checks.push({ name: `${what}, ${tokens} words on ${on}`, ok: error <= bounds[name], error, bound: bounds[name] });
  }
  return checks;
}

/** Rows of [row, row]. */
function doubled(rows: Float32Array): Float32Array {
  return Float32Array.from({ length: 2 * rows.length }, (_, i) => {
    const [row, channel] = [Math.floor(i / (2 * dimension)), i % dimension];
    return rows[row * dimension + channel] as number;
  });
}

function rmsRatio(x: ArrayLike<number>, y: ArrayLike<number>): number {
  let [error, size] = [0, 0];
  for (let i = 0; i < y.length; i++) {
    error += ((x[i] as number) - (y[i] as number)) ** 2;
    size += (y[i] as number) ** 2;
  }
  return Math.sqrt(error / size);
}
