/** The documents that stand beside the command, as text to compute on: those that the installed package has. */
import { existsSync, readFileSync } from "node:fs";
import type { TourDocument } from "../../systems/tour-stop.js";

const names = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE"];

export function readDocuments(): TourDocument[] {
  return names
    .map((name) => ({ name, url: new URL(`../../${name}`, import.meta.url) }))
    .filter(({ url }) => existsSync(url))
    .map(({ name, url }) => ({ name, text: readFileSync(url, "utf8") }));
}
