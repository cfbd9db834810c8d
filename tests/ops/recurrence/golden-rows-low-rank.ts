/** Rows of the golden tables for the mixers of the low-rank core. */
import { rwkv7 } from "../../../src/ops/recurrence/mixers/rwkv7.js";
import { times } from "../../../src/ops/support/pullbacks.js";
import type { GoldenRow } from "./golden-inputs.js";

export const lowRankRows: readonly GoldenRow[] = [
  {
    name: "rwkv7",
    inputs: ["q", "k", "v", "gk", "kk", "eta", "state"],
    run: ({ q, k, v, gk, kk, eta, state }) => rwkv7(q, k, v, { w: times(gk, 4), kk, eta }, { initialState: state }),
    tiny: {
      o: [0.271472772, -0.024104171, 1.610445792, 0.158846385, -0.626368295, -0.125658963],
      state: [1.813374386, -0.014995976, 0.220109461, 0.418390281],
    },
    medium: {
      o: "-73.763540180 / 3321.771384471 / 2.911898510",
      state: "9.829016224 / 233.660927888 / 1.804330343",
      d: {
        q: "-4.214171374 / 3268.477067686 / 22.150339469",
        k: "-55.948635753 / 3539.647649674 / 54.992780779",
        v: "30.396203143 / 3391.043014215 / 52.670573741",
        state: "15.106475727 / 262.257996215 / 4.880026124",
        gk: "8.125638804 / 422.353542925 / 6.495321249",
        kk: "17.335432408 / 515.970720813 / 8.059419298",
        eta: "8.619035249 / 15.337680045 / 2.092635527",
      },
    },
  },
];
