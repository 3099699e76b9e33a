/**
 * Where a unix socket lies, in a form the system takes: the kernel keeps 108 bytes of path (104 on macOS, FreeBSD), and
 * data folders may lie deeper. The shorter of the absolute and the relative path usually fits; on Linux the folder can
 * also be named through a descriptor.
 */
import { closeSync, openSync } from "node:fs";
import { basename, dirname, relative, resolve } from "node:path";

const LONGEST = process.platform === "linux" ? 107 : 103;

export interface SocketPlace extends Disposable {
  /** For listen and connect only, and only before disposal. */
  readonly address: string;
}

/** @throws the system's error (ENOENT, EACCES) if the folder of a long path cannot be opened, ENAMETOOLONG without a way out. */
export function socketPlace(path: string): SocketPlace {
  const absolute = resolve(path);
  for (const form of [absolute, relative(process.cwd(), absolute)])
    if (Buffer.byteLength(form) <= LONGEST) return { address: form, [Symbol.dispose]: () => {} };
  if (process.platform !== "linux") throw Object.assign(new Error(`${absolute} is too long for a socket`), { code: "ENAMETOOLONG" });
  const folder = openSync(dirname(absolute), "r");
  return { address: `/proc/self/fd/${folder}/${basename(absolute)}`, [Symbol.dispose]: () => closeSync(folder) };
}
