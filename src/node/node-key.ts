/**
 * The key file: 32 bytes beside the database whose secrets they seal, so that a copy of the database alone tells none.
 * Made at the first start, never changed, and as secret as the data folder.
 */
import { readFileSync } from "node:fs";
import { open, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { codeOf, Fault, textOf } from "../base/fault.ts";
import type { Random } from "../base/random.ts";
import { SECRET_KEY_BYTES } from "../store/settings/control-settings.ts";

/** @throws {Fault} `KEY_FILE`, where there is one that cannot be used: another in its place would lose every secret. */
export async function nodeKey(path: string, random: Random): Promise<Uint8Array> {
  const kept = readKept(path);
  if (kept !== undefined) return kept;
  const key = random.bytes(SECRET_KEY_BYTES);
  try {
    await writeDurably(path, key);
  } catch (thrown) {
    throw new Fault("KEY_FILE", `the key file ${path} cannot be written: ${textOf(thrown)}`, thrown);
  }
  return key;
}

function readKept(path: string): Uint8Array | undefined {
  let kept: Uint8Array;
  try {
    kept = readFileSync(path);
  } catch (thrown) {
    if (codeOf(thrown) === "ENOENT") return undefined;
    throw new Fault("KEY_FILE", `the key file ${path} cannot be read: ${textOf(thrown)}`, thrown);
  }
  if (kept.length === SECRET_KEY_BYTES) return kept;
  throw new Fault(
    "KEY_FILE",
    `the key file ${path} has ${kept.length} bytes instead of ${SECRET_KEY_BYTES}; put back the one that belongs to this data folder`,
  );
}

/** On disk before the first secret is sealed with it: a power cut must not leave secrets whose key is gone. */
async function writeDurably(path: string, key: Uint8Array): Promise<void> {
  const fresh = `${path}.new`;
  const file = await open(fresh, "w", 0o600);
  try {
    await file.writeFile(key);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(fresh, path);
  const folder = await open(dirname(path), "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
