/** Names of workers and of drafts. */
import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { InputError } from "../../backends/contract.js";

export const randomName = (): string => randomBytes(6).toString("hex");

/** Unlike any other worker's, and telling where it runs. */
export const ownWorkerName = (): string => `${hostname().replace(/[^\w.-]/g, "-")}-${process.pid}-${randomName()}`;

/** Workers' names stand in file names. @throws InputError */
export function checkWorkerName(name: string): string {
  if (/^[\w.-]{1,100}$/.test(name)) return name;
  throw new InputError("runWorker", "name", `is ${JSON.stringify(name)}: up to 100 letters, digits, dots, - and _`);
}
