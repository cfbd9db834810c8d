/** The coordinator's log on disk. What append returned from survives a kill -9 and a power cut. */
import { closeSync, existsSync, fdatasyncSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { canonicalJson, plainJson } from "../canonical.js";
import { JournalError } from "../errors.js";
import { syncFolder } from "../files/atomic.js";
import type { Entry, Log, Opening } from "../log.js";
import { keyOf, type Search } from "../unit.js";
import { engineVersion } from "../version.js";
import { takeLock } from "./lock.js";
import { decodeRecords, encodeRecord } from "./records.js";

const format = "wavefold-journal-1";

interface OpeningRecord extends Opening {
  readonly format: string;
  readonly engine: string;
}

/**
 * Opens or creates a journal, for one process at a time.
 * @param search what it must be the journal of; undefined takes any
 * @param onNotice is told of a torn tail that was cut
 * @throws JournalError when it is damaged before its end, of another version or search, or in use
 */
export function openJournal(path: string, onNotice?: (notice: string) => void, search?: Search): Log {
  const lock = takeLock(path);
  let file: number | undefined;
  const closeAll = () => {
    if (file !== undefined) closeSync(file);
    file = undefined;
    lock.release();
  };
  try {
    const isNew = !existsSync(path);
    file = openSync(path, isNew ? "wx+" : "r+");
    const bytes = readFileSync(file);
    const { records, wholeBytes, damagedAt } = decodeRecords(bytes);
    if (damagedAt !== undefined) {
      throw new JournalError(
        path,
        `is damaged at byte ${damagedAt} and has whole records after it; nothing was changed`,
      );
    }
    if (records.length === 0 && bytes.length > 0 && !mayBeTornOpening(bytes)) {
      throw new JournalError(path, "is not a journal of wavefold");
    }
    const opening = records[0] === undefined ? undefined : readOpening(path, records[0], search);
    if (wholeBytes < bytes.length) {
      ftruncateSync(file, wholeBytes);
      fdatasyncSync(file);
      const lost = bytes.length - wholeBytes;
      onNotice?.(`${path}: cut ${lost} bytes of a record that was being written when its coordinator ended`);
    }
    if (isNew) syncFolder(dirname(path));
    let end = wholeBytes;
    const write = (texts: readonly string[]) => {
      lock.check();
      const block = Buffer.concat(texts.map(encodeRecord));
      writeAt(file as number, end, block);
      fdatasyncSync(file as number);
      end += block.length;
    };
    return {
      open(make) {
        const entries = records.slice(1).map((text) => JSON.parse(text) as Entry);
        if (opening) return { opening, entries };
        const made = { format, engine: engineVersion, ...make() };
        write([canonicalJson(made)]);
        return { opening: plainJson<never>(made) as OpeningRecord, entries: [] };
      },
      append: (entries) => {
        if (entries.length) write(entries.map((entry) => canonicalJson(entry)));
      },
      close: closeAll,
    };
  } catch (error) {
    closeAll();
    throw error;
  }
}

/** After a failed append the end is where it was, and the next one writes over what is torn. */
function writeAt(file: number, position: number, block: Uint8Array): void {
  for (let done = 0; done < block.length; ) {
    done += writeSync(file, block, done, block.length - done, position + done);
  }
}

/** The first record, cut off: it begins as a record does, or has nothing but the zeros of a block that was never written. */
function mayBeTornOpening(bytes: Uint8Array): boolean {
  const start = new TextDecoder("latin1").decode(bytes.subarray(0, 26));
  return /^[0-9a-f]{0,8}( [0-9a-f]{0,16})? ?$/.test(start) || bytes.every((byte) => byte === 0);
}

function readOpening(path: string, text: string, search: Search | undefined): OpeningRecord {
  const opening = JSON.parse(text) as OpeningRecord;
  if (opening.format !== format) throw new JournalError(path, `has the format ${opening.format}, expected ${format}`);
  if (opening.engine !== engineVersion) {
    throw new JournalError(path, `is of engine ${opening.engine}, this is ${engineVersion}`);
  }
  if (search && canonicalJson(search) !== canonicalJson(opening.search)) {
    throw new JournalError(path, "is the journal of another search");
  }
  const changed = opening.units.find(({ key, unit }) => keyOf(unit) !== key);
  if (changed) throw new JournalError(path, `unit ${changed.key.slice(0, 12)} does not have this hash`);
  return opening;
}
