/** Every published row of the mixers, values and gradients (by the tape), on every backend. */
import { describe, test } from "vitest";
import { openFor, type TestBackend, wasmBackends } from "../../support/engines.js";
import { checkMedium, checkTiny } from "./golden-inputs.js";
import { deltaRows } from "./golden-rows-delta.js";
import { gatedRows } from "./golden-rows-gated.js";
import { gsaRows } from "./golden-rows-gsa.js";
import { lowRankRows } from "./golden-rows-low-rank.js";

const rows = [...gatedRows, ...deltaRows, ...lowRankRows, ...gsaRows];

describe.each(wasmBackends)("published numbers of the mixers on $name", (backend: TestBackend) => {
  const engine = openFor(backend);

  test.each(rows)("$name, tiny", (row) => checkTiny(engine(), row));

  test.each(rows)("$name, medium", (row) => checkMedium(engine(), row));
});
