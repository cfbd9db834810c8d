/** A static file server on a free loopback port, with the headers a page needs for shared memory when asked. */
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";

const types: Record<string, string> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
};

export interface StaticServer {
  readonly origin: string;
  close(): Promise<void>;
}

export interface StaticServerOptions {
  /** Cross-origin isolation, which shared memory needs. */
  readonly isolated?: boolean;
  /** Sent instead of application/wasm, as a server does that does not know the type. */
  readonly wasmType?: string;
  readonly contentSecurityPolicy?: string;
}

export async function serve(folder: string, options: StaticServerOptions = {}): Promise<StaticServer> {
  const server = createServer(async (request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url ?? "/", "http://host").pathname));
    const extension = extname(path);
    const type = extension === ".wasm" ? (options.wasmType ?? types[extension]) : types[extension];
    try {
      const body = await readFile(join(folder, path));
      response.writeHead(200, {
        "content-type": type ?? "application/octet-stream",
        ...(options.contentSecurityPolicy ? { "content-security-policy": options.contentSecurityPolicy } : {}),
        ...(options.isolated
          ? { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" }
          : {}),
      });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { origin: `http://127.0.0.1:${port}`, close: () => closed(server) };
}

const closed = (server: Server) => new Promise<void>((resolve) => server.close(() => resolve()));
