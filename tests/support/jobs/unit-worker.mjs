/** What threads of tests run: the built package with the kinds of tests. */
import { serveUnits } from "../../../dist/jobs/index.js";
import { kinds } from "./kinds.mjs";

await serveUnits(kinds);
