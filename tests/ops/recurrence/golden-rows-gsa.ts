/** Rows of the golden tables for gated slot attention, which has two states. */
import { gsa } from "../../../src/ops/recurrence/mixers/gsa.js";
import type { GoldenRow, Inputs } from "./golden-inputs.js";

const inputs: GoldenRow["inputs"] = ["q", "k", "v", "slots", "keyState", "valueState"];

const run = ({ q, k, v, slots, keyState, valueState }: Inputs) =>
  gsa(q, k, v, slots, { initialState: { keys: keyState, values: valueState } });

const o = "2.611732254 / 23.736236801 / 4.610693415";

export const gsaRows: readonly GoldenRow[] = [
  {
    name: "gsa",
    inputs,
    run,
    tiny: { o: [-0.412672931, 0.01433035, -0.508089386, -0.041702237, -0.420196165, 0.065417732] },
    medium: {
      o,
      state: "1.591388051 / 8.119100876 / 0.495890623",
      d: {
        q: "0.364476563 / 0.184211940 / -0.108217743",
        k: "-0.030949017 / 0.001608347 / 0.002777922",
        v: "-4.769266752 / 23.568486202 / -1.028237717",
        slots: "-0.730931831 / 1.525342836 / -0.296198726",
      },
    },
  },
  {
    name: "gsa, state of the keys",
    inputs,
    run: (given) => {
      const result = run(given);
      return { o: result.o, state: result.keys };
    },
    medium: { o, state: "7.983727275 / 18.864804382 / -1.712557138", d: {} },
  },
];
