/** How a failure ends the command: 1 for one of the work, 2 for one of the command line; 130 for Ctrl-C, as shells have it. */
import { CommanderError } from "commander";
import { WavefoldError } from "../backends/contract.js";

export const exitFailure = 1;
export const exitUsage = 2;
export const exitInterrupted = 130;

/** A command line that cannot be carried out: an unknown operation, a file of no known type. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** A file that is missing, damaged or not what it should be. */
export class FileError extends Error {
  override readonly name = "FileError";
}

/** What the system says against reading or writing a file, as one line for the user. @throws FileError */
export function onFile<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new FileError(code === "ENOENT" ? `${path} does not exist` : `${path}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** A check that failed, already reported to the user. */
export class ReportedFailure extends Error {
  override readonly name = "ReportedFailure";
  readonly code: number;
  constructor(message?: string, code = exitFailure) {
    super(message);
    this.code = code;
  }
}

/** The exit code, and what to print; nothing when the user has been told. */
export function outcomeOf(error: unknown): { code: number; message?: string } {
  if (error instanceof CommanderError) return { code: error.exitCode === 0 ? 0 : exitUsage };
  if (error instanceof UsageError) return { code: exitUsage, message: error.message };
  if (error instanceof FileError) return { code: exitFailure, message: error.message };
  if (error instanceof ReportedFailure) return { code: error.code };
  if (error instanceof DOMException && error.name === "AbortError")
    return { code: exitInterrupted, message: "stopped" };
  if (error instanceof WavefoldError) return { code: exitFailure, message: `${error.message} [${error.code}]` };
  // What nobody foresaw keeps its stack.
  return { code: exitFailure, message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}
