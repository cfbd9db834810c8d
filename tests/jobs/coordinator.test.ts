/** What the coordinator writes down of what a transport brings. */
import { expect, test } from "vitest";
import { Coordinator } from "../../src/jobs/coordinator.js";
import { inlineExecutor } from "../../src/jobs/executor.js";
import type { Entry } from "../../src/jobs/log.js";
import type { Delivery, Offer, Transport } from "../../src/jobs/transport.js";
import { kindTable, makeUnits } from "../../src/jobs/unit.js";
import { kinds } from "../support/jobs/kinds.mjs";

test("a unit that two workers bring at once, and a third time later, is in the log once", async () => {
  const table = kindTable(kinds);
  const search = { kind: "test-box", params: { a: [1, 4], b: [1, 2] } };
  const units = makeUnits(table, search, 4);
  const { signal } = new AbortController();
  const brought: Delivery[] = [];
  const entries: Entry[] = [];
  let offered: readonly Offer[] = [];
  const transport: Transport = {
    window: 2,
    offer: async (offers) => void (offered = offers),
    async collect() {
      for (const offer of offered) {
        const result = await inlineExecutor(table).run(offer, { signal });
        for (const worker of ["one", "two"])
          brought.push({ id: worker, key: offer.key, run: offer.run, worker, result });
      }
      return brought;
    },
    acknowledge: async () => {},
    close: async () => {},
  };
  const log = { open: () => ({ opening: { search, quorum: 1, units }, entries: [] }), append, close: () => {} };
  function append(added: readonly Entry[]) {
    entries.push(...added);
  }
  const settings = { signal, retries: 0, backOffMs: 0 };
  const { results } = await new Coordinator(table, log.open().opening, log, transport, settings).run();
  expect(results.size).toBe(4);
  expect(entries.map(({ key, worker }) => `${key} ${worker}`).sort()).toEqual(units.map(({ key }) => `${key} one`));
});
