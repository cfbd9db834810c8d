import type { AnyKind } from "../../../src/jobs/unit.js";

export const boxKind: AnyKind;
export const brokenKind: AnyKind;
export const kinds: readonly AnyKind[];
