/** Compiled modules from what a user may hand in instead of the package's own loader. */
import { InputError } from "../contract.js";

export type WasmSource = WebAssembly.Module | BufferSource | Response | URL;

/** @throws InputError when it is none of these or does not compile */
export async function moduleFrom(source: WasmSource): Promise<WebAssembly.Module> {
  if (source instanceof WebAssembly.Module) return source;
  try {
    if (source instanceof ArrayBuffer || ArrayBuffer.isView(source))
      return await WebAssembly.compile(source as BufferSource);
    if (typeof URL === "function" && source instanceof URL) return await fromResponse(await fetch(source));
    if (typeof Response === "function" && source instanceof Response) return await fromResponse(source);
  } catch (error) {
    throw new InputError("createEngine", "wasm", `does not compile: ${String(error)}`, { cause: error });
  }
  throw new InputError(
    "createEngine",
    "wasm",
    `must be a WebAssembly.Module, bytes, a Response or a URL, got ${typeof source}`,
  );
}

/** Not compileStreaming: it refuses what a server sends under another MIME type. */
async function fromResponse(response: Response): Promise<WebAssembly.Module> {
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  return WebAssembly.compile(await response.arrayBuffer());
}
