/** The files that operands name: files as they are, folders with everything in them, so that a Maildir is one operand. */
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";

/** Folders in folders; a Maildir needs two levels, a tree of them a few more. What lies deeper is a fault. */
const DEPTH_MAX = 8;

/** A path to read, or why what an operand names cannot be listed. */
export type MailFile =
  | { readonly is: "file"; readonly path: string; readonly inFolder: boolean }
  | { readonly is: "unlisted"; readonly path: string; readonly thrown: unknown };

/**
 * In the order of the operands; in a folder by name. Of a folder only plain files count: links may lead round in circles,
 * and names with a dot in front are other programs' notes. `-` stays as it is.
 */
export async function* mailFiles(operands: readonly string[]): AsyncGenerator<MailFile> {
  for (const path of operands) {
    if (path === "-" || !(await isFolder(path))) yield { is: "file", path, inFolder: false };
    else yield* below(path, 1);
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    const found = await lstat(path);
    return found.isDirectory();
  } catch {
    return false; // reading it says what is wrong
  }
}

async function* below(folder: string, depth: number): AsyncGenerator<MailFile> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      const path = join(folder, entry.name);
      if (entry.name.startsWith(".")) continue;
      if (entry.isFile()) yield { is: "file", path, inFolder: true };
      else if (entry.isDirectory() && depth < DEPTH_MAX) yield* below(path, depth + 1);
      else if (entry.isDirectory()) yield { is: "unlisted", path, thrown: new Error(`it lies ${DEPTH_MAX} folders deep`) };
    }
  } catch (thrown) {
    yield { is: "unlisted", path: folder, thrown };
  }
}
