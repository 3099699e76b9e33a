/**
 * The panel's files, over HTTP: exactly those that stood in its folder when the node started, under the names they had
 * then, so that no request can name anything else. Files whose name carries a hash of their content never change.
 */
import { readdirSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { extname, join, relative, sep } from "node:path";
import { pipeline } from "node:stream/promises";
import { codeOf } from "../../../base/fault.ts";

export interface PanelFiles {
  /** False where the request is not for one of them. */
  serve(request: IncomingMessage, response: ServerResponse): Promise<boolean>;
}

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".json": "application/json; charset=utf-8",
  ".webmanifest": "application/manifest+json",
  ".woff2": "font/woff2",
  ".txt": "text/plain; charset=utf-8",
};
const PACKED = [
  [".br", "br"],
  [".gz", "gzip"],
] as const;
const MOST_FILES = 1000;

interface PanelFile {
  readonly path: string;
  readonly type: string;
  readonly forever: boolean;
}

/** @throws the system's error where the folder cannot be read. */
export function panelFiles(folder: string): PanelFiles {
  const files = new Map<string, PanelFile>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || files.size >= MOST_FILES) continue;
    const path = join(entry.parentPath, entry.name);
    const name = `/${relative(folder, path).split(sep).join("/")}`;
    const type = TYPES[extname(name.replace(/\.(br|gz)$/, ""))];
    if (type !== undefined)
      files.set(name, {
        path,
        type,
        forever: /[.-][\w-]{8,}\.\w+(\.br|\.gz)?$/.test(name) && name.startsWith("/assets/"),
      });
  }
  return { serve: (request, response) => serve(files, request, response) };
}

async function serve(files: ReadonlyMap<string, PanelFile>, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
  if (request.method !== "GET" && request.method !== "HEAD") return false;
  const path = (request.url ?? "").split("?", 1)[0] ?? "";
  const name = path === "/" ? "/index.html" : path;
  const plain = files.get(name);
  if (plain === undefined) return false;
  const taken = (request.headers["accept-encoding"] ?? "").toString();
  const [ending, encoding] = PACKED.find(([end, word]) => isTaken(word, taken) && files.has(name + end)) ?? ["", ""];
  const file = await opened(files.get(name + ending) ?? plain);
  if (file === undefined) return false;
  await using _ = file;
  response.writeHead(200, {
    "content-type": plain.type,
    "content-length": (await file.stat()).size,
    "cache-control": plain.forever ? "public, max-age=31536000, immutable" : "no-cache",
    vary: "accept-encoding",
    ...(encoding === "" ? {} : { "content-encoding": encoding }),
  });
  if (request.method === "HEAD") response.end();
  else await pipeline(file.createReadStream({ autoClose: false }), response);
  return true;
}

/** Undefined for one that is gone: the panel was built anew, and pages of before ask for what it had. */
async function opened(file: PanelFile): Promise<FileHandle | undefined> {
  try {
    return await open(file.path);
  } catch (thrown) {
    if (codeOf(thrown) === "ENOENT") return undefined;
    throw thrown;
  }
}

/** RFC 9110 §12.5.3: listed, and not with a weight of zero. */
function isTaken(encoding: string, accepted: string): boolean {
  return accepted.split(",").some((one) => {
    const [word, weight] = one.toLowerCase().replaceAll(/\s/g, "").split(";");
    return word === encoding && !/^q=0(?:\.0*)?$/.test(weight ?? "");
  });
}
