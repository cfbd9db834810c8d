/** Every published row of the mixers on a real GPU, values and gradients: a software adapter takes most of a minute for some. */
import { describe, test } from "vitest";
import { checkMedium, checkTiny } from "../ops/recurrence/golden-inputs.js";
import { deltaRows } from "../ops/recurrence/golden-rows-delta.js";
import { gatedRows } from "../ops/recurrence/golden-rows-gated.js";
import { gsaRows } from "../ops/recurrence/golden-rows-gsa.js";
import { lowRankRows } from "../ops/recurrence/golden-rows-low-rank.js";
import { gpuBackend, openFor } from "../support/engines.js";

const rows = [...gatedRows, ...deltaRows, ...lowRankRows, ...gsaRows];

describe(`published numbers of the mixers on ${gpuBackend.name}`, () => {
  const engine = openFor(gpuBackend);

  test.each(rows)("$name, tiny", (row) => checkTiny(engine(), row));

  test.each(rows)("$name, medium", (row) => checkMedium(engine(), row));
});
