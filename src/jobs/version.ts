/** The version that a unit is keyed with: a result of one engine is never taken for that of another. */
export const engineVersion = "0.1.0";
