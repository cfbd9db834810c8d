import { describe, expect, test } from "vitest";
import { twoScansOracle } from "../../../src/oracles/lightnet.js";
import { twoScans } from "../../../src/systems/lightnet/two-scans.js";
import { openFor, testBackends } from "../../support/engines.js";
import { rmsRatio } from "../../support/golden.js";
import { generated, tensorsOf } from "./cases.js";

describe.each(testBackends)("two scans on $name", (backend) => {
  const engine = openFor(backend);

  // Long sequences take shaders of the core that its own tests try, and a software adapter a minute to compile.
  test.each(backend.slow ? [5] : [1, 5, 70])("%i tokens see each other, near and far", async (time) => {
    const given = generated({ batch: 1, time, heads: 1, d: 5, e: 3 });
    const { q, k, v } = tensorsOf(engine(), given);
    const o = twoScans(q, k, v, { scale: 1, on: backend.on });
    expect(rmsRatio(await o.data(), twoScansOracle(given))).toBeLessThanOrEqual(1e-5);
  });
});
