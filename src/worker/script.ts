/** The script of the worker that createWorkerEngine starts: it serves every operation of the core. */
import * as core from "../index.js";
import { serveEngine } from "./serve.js";

await serveEngine(Object.values(core));
