/** What the command's threads run: units of the table, and of the module that was named on the command line. */
import { workerData } from "node:worker_threads";
import { serveUnits } from "../../jobs/index.js";
import { kindsWith } from "./kinds.js";

await serveUnits(await kindsWith((workerData as string | undefined) ?? undefined));
