/** A coordinator of its own, to be killed: options as JSON on the command line; says how far it is, and writes the file of the search. */
import { writeFileSync } from "node:fs";
import { runSearch } from "../../../dist/jobs/index.js";
import { kinds } from "./kinds.mjs";

const { search, out, ...options } = JSON.parse(process.argv[2]);
const { text } = await runSearch(kinds, search, { ...options, onProgress: ({ done }) => console.log(`done ${done}`) });
writeFileSync(out, text);
