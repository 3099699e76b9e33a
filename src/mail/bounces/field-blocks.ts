/**
 * Lines of `Name: value` in blocks that empty lines part: delivery-status and feedback-report bodies, header blocks that
 * were quoted into text, and the same fields in the middle of prose, where some reporters put them.
 */

/** Values by lower-case name; of a repeated name all of them, in order. */
export type Block = ReadonlyMap<string, readonly string[]>;

/** Characters of a field's value that are kept; a diagnostic needs a few hundred, and nobody reads what is beyond. */
const VALUE_MAX = 16_000;

const FIELD = /^([A-Za-z][A-Za-z0-9_-]{0,76})[ \t]{0,10}:[ \t]*(.*)$/;

/** Reads every block; lines that are no fields, and continue none, end a block as an empty line does. */
export function readBlocks(text: string): Block[] {
  const blocks: Map<string, string[]>[] = [];
  let block: Map<string, string[]> | undefined;
  let values: string[] | undefined;
  for (const line of text.split("\n")) {
    const field = FIELD.exec(line);
    if (field !== null) {
      const name = (field[1] ?? "").toLowerCase();
      block ??= begun(blocks);
      values = block.get(name) ?? [];
      values.push((field[2] ?? "").trim());
      block.set(name, values);
    } else if (/^[ \t]+\S/.test(line) && values !== undefined) {
      const before = values.pop() ?? "";
      values.push(before.length >= VALUE_MAX ? before : `${before} ${line.trim()}`.trim());
    } else {
      block = undefined;
      values = undefined;
    }
  }
  return blocks;
}

function begun(blocks: Map<string, string[]>[]): Map<string, string[]> {
  const block = new Map<string, string[]>();
  blocks.push(block);
  return block;
}

export function firstOf(block: Block | undefined, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = block?.get(name)?.find((one) => one !== "");
    if (value !== undefined) return value;
  }
  return undefined;
}

/** The header block at the start of a text, up to its first empty line; lines that are no field are passed over. */
export function readHeaderText(text: string): Block {
  const head = text.replace(/^\n+/, "").split(/\n[ \t]*\n/, 1)[0] ?? "";
  const merged = new Map<string, string[]>();
  for (const block of readBlocks(head)) for (const [name, values] of block) merged.set(name, [...(merged.get(name) ?? []), ...values]);
  return merged;
}
