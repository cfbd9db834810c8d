/** The published rows of the delta rules and of the low-rank recurrence, values and gradients (by the tape), on the GPU. */
import { describe, test } from "vitest";
import { gpuBackend, openFor } from "../../support/engines.js";
import { checkMedium, checkTiny } from "./golden-inputs.js";
import { deltaRows } from "./golden-rows-delta.js";
import { lowRankRows } from "./golden-rows-low-rank.js";

const rows = [...deltaRows, ...lowRankRows];

describe(`published numbers of rank-one recurrences on ${gpuBackend.name}`, () => {
  const engine = openFor(gpuBackend);

  test.each(rows)("$name, tiny", (row) => checkTiny(engine(), row));

  test.each(rows)("$name, medium", (row) => checkMedium(engine(), row));
});
