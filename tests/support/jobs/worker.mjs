/** A worker of its own, to be killed: options as JSON on the command line; a line per event. */
import { runWorker } from "../../../dist/jobs/index.js";
import { kinds } from "./kinds.mjs";

const script = { url: new URL("./unit-worker.mjs", import.meta.url) };
const drain = new AbortController();
process.once("SIGTERM", () => drain.abort());
const onUnit = ({ state, key }) => console.log(`${state} ${key}`);
const onNotice = (notice) => console.log(`notice ${notice}`);
await runWorker(kinds, { ...JSON.parse(process.argv[2]), script, drain: drain.signal, onUnit, onNotice });
