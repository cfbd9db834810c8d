/** Tables of intersection numbers to and from files. What is unfinished lies beside the file, with `.part` after its name. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from "node:fs";
import { InputError } from "../backends/contract.js";
import type { Engine } from "../engine/engine.js";
import {
  checkAllPsi,
  entriesAt,
  type PsiFault,
  type PsiFile,
  type PsiRow,
  PsiTable,
  type PsiValues,
  psiArray,
  psiCsv,
  psiCsvHeader,
  psiFileEnd,
  psiFileHeader,
  psiFileRecord,
  psiJsonLines,
  psiRows,
  readPsiFile,
} from "../systems/moduli-space/index.js";
import { writeNpy } from "../tensor/files/npy.js";
import { FileError, onFile, UsageError } from "./failure.js";
import { startProgress } from "./terminal/progress.js";

export interface WrittenTable {
  readonly numbers: number;
  readonly rows: number;
  /** Rows that an earlier run had written. */
  readonly kept: number;
}

/** Puts rows into an open file. */
interface Writer {
  row(file: number, row: PsiRow): void;
  end(file: number, rows: number): void;
}

const text = (lines: (row: PsiRow) => Iterable<string>): Writer => ({
  row: (file, row) => {
    let pending: string[] = [];
    for (const line of lines(row)) {
      pending.push(line);
      if (pending.length === 4096) {
        writeAll(file, Buffer.from(pending.join("")));
        pending = [];
      }
    }
    writeAll(file, Buffer.from(pending.join("")));
  },
  end: () => {},
});

/** One array needs all rows before its first byte. */
function arrayWriter(): Writer {
  const rows: PsiRow[] = [];
  return {
    row: (_, row) => void rows.push(row),
    end: (file) => writeAll(file, writeNpy(psiArray(rows))),
  };
}

const binary: Writer = {
  row: (file, row) => writeAll(file, psiFileRecord(row)),
  end: (file, rows) => writeAll(file, psiFileEnd(rows)),
};

function writerFor(
  path: string,
  values: PsiValues,
): { writer: Writer; resumes?: boolean; header: (chi: number) => Uint8Array } {
  const none = () => new Uint8Array(0);
  if (path.endsWith(".psi")) return { writer: binary, resumes: true, header: (chi) => psiFileHeader(chi, values) };
  if (path.endsWith(".csv")) return { writer: text(psiCsv), header: () => Buffer.from(psiCsvHeader) };
  if (path.endsWith(".jsonl")) return { writer: text(psiJsonLines), header: none };
  if (path.endsWith(".npy")) {
    if (values === "exact") throw new UsageError(`${path} holds doubles: add --values log`);
    return { writer: arrayWriter(), header: none };
  }
  throw new UsageError(`${path}: expected a name ending in .psi, .csv, .jsonl or .npy`);
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at, bytes.length - at);
}

/** @throws UsageError for an unknown ending, FileError for a file that cannot be written, what psiRows throws */
export async function writeTable(
  engine: Engine,
  chiMax: number,
  values: PsiValues,
  path: string,
): Promise<WrittenTable> {
  const { writer, header, resumes } = writerFor(path, values);
  const part = `${path}.part`;
  const before = resumes ? unfinished(part, chiMax, values) : undefined;
  const done = new Set(before?.rows.map(({ g, n }) => `${g},${n}`));
  const interrupt = new AbortController();
  const onInterrupt = () => interrupt.abort();
  process.once("SIGINT", onInterrupt);
  const progress = startProgress(100);
  const file = onFile(part, () => openSync(part, before ? "a" : "w"));
  let [numbers, rows] = [0, 0];
  try {
    if (before) {
      ftruncateSync(file, before.intactBytes);
      numbers = before.rows.reduce((sum, { count }) => sum + count, 0);
      rows = before.rows.length;
    } else onFile(part, () => writeAll(file, header(chiMax)));
    const skip = (g: number, n: number) => done.has(`${g},${n}`);
    const onProgress = (made: number, all: number) => progress.update((100 * made) / all, `${made} of ${all} numbers`);
    for await (const row of psiRows(engine, { chiMax, values, skip, signal: interrupt.signal, onProgress })) {
      onFile(part, () => writer.row(file, row));
      numbers += row.count;
      rows++;
    }
    onFile(part, () => writer.end(file, rows));
    fsyncSync(file);
  } finally {
    closeSync(file);
    progress.stop();
    process.off("SIGINT", onInterrupt);
  }
  onFile(path, () => renameSync(part, path));
  return { numbers, rows, kept: done.size };
}

/** What an earlier run left, if it was making the same table. */
function unfinished(part: string, chiMax: number, values: PsiValues): PsiFile | undefined {
  if (!existsSync(part) || statSync(part).size === 0) return undefined;
  const file = readTable(part);
  if (file.chiMax === chiMax && file.values === values) return file;
  throw new FileError(
    `${part} is the unfinished table of chi ${file.chiMax} (${file.values}): finish or remove it first`,
  );
}

function readTable(path: string): PsiFile {
  const bytes = onFile(path, () => readFileSync(path));
  try {
    return readPsiFile(bytes);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new FileError(`${path}: ${error.message}`, { cause: error });
  }
}

/** Every equation that the numbers of a file can be tried in. @throws FileError for a file that is damaged or holds logarithms */
export function checkTableFile(path: string): { numbers: number; faults: PsiFault[] } {
  const file = readTable(path);
  if (file.values !== "exact") throw new FileError(`${path} holds logarithms, which obey no equation exactly`);
  if (!file.complete) throw new FileError(`${path} is not complete: it ends after ${file.rows.length} rows`);
  const table = new PsiTable(file.chiMax, file.rows);
  function* all(): Generator<number[]> {
    for (const row of table.rows) for (let i = 0; i < row.count; i++) yield entriesAt(row, i);
  }
  return { numbers: table.size, faults: [...checkAllPsi((_, d) => table.get(d), all())] };
}
