import type { Search } from "../../../src/jobs/unit.js";

export function chaos(options: { seed: number; folder: string; search: Search; parts: number }): Promise<{
  readonly text: string;
  readonly keys: readonly string[];
  readonly died: readonly string[];
  readonly killed: readonly { readonly name: string; readonly at: number }[];
}>;
