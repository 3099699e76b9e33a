/**
 * Removes every trace of an address from one day (R26): from its rows, the names and terms that lead to them, and the
 * events themselves, of which every block is looked through. What a tenant wants forgotten is looked for in that tenant's
 * messages only.
 */
import type { View } from "../../../model/view.ts";
import type { Database } from "../../sql/sql.ts";
import { hashOf, lowerAscii } from "../shape.ts";
import type { Blocks } from "./blocks.ts";
import type { Places } from "./day.ts";
import { FROM, type Names, SENDER, TENANT, TO } from "./names.ts";

/** What stands in its place: nobody's address (RFC 2606 §2). */
export const REMOVED = "removed@removed.invalid";

export interface ForgetParts {
  readonly places: Places;
  readonly names: Names;
  readonly blocks: Blocks;
}

type Row = readonly [p: number, addr: string, parts: string, mfrom: number, sender: number];

/** How many rows changed. No term may wait to be sorted in. In the caller's transaction. @throws {SqlFault | HistoryFault} */
export function forgetIn(db: Database, { places, names, blocks }: ForgetParts, view: View, address: string): number {
  const wanted = lowerAscii(address);
  const whose = scopeOf(view, places, names);
  if (whose === undefined || wanted === "") return 0;
  const replace = replacer(wanted);
  const rows = db
    .prepare(
      `select p, addr, parts, mfrom, sender from delivery where ${whose} and (instr(lower(addr), ?1) > 0 or instr(lower(parts), ?1) > 0
         or mfrom in (select id from name where kind = ${FROM} and instr(lower(text), ?1) > 0)
         or sender in (select id from name where kind = ${SENDER} and instr(lower(text), ?1) > 0))`,
    )
    .all<Row>(wanted);
  const change = db.prepare("update delivery set addr = ?, parts = ?, mfrom = ?, sender = ? where p = ?");
  const renamed = (kind: number, id: number): number => {
    const text = names.text(id) ?? "";
    const other = replace(text);
    return other === text ? id : names.id(kind, other);
  };
  let changed = 0;
  const messages = new Set<number>();
  const drop = db.prepare("delete from term where h = ? and p = ?");
  for (const [p, addr, parts, mfrom, sender] of rows) {
    const after: Row = [p, replace(addr), replace(parts), renamed(FROM, mfrom), renamed(SENDER, sender)];
    if (after[1] === addr && after[2] === parts && after[3] === mfrom && after[4] === sender) continue;
    messages.add(places.ref(p).message);
    change.run(after[1], after[2], after[3], after[4], p);
    drop.run(hashOf(TO, address), p);
    changed++;
  }
  if (view.sees === "all") dropNames(db, wanted, replace);
  const written = JSON.stringify(address).slice(1, -1).toLowerCase();
  const quoted = replacer(written);
  for (const [seq] of db.prepare("select seq from block order by seq").all<[number]>())
    blocks.rewrite(seq, written, (line, message) =>
      view.sees === "all" || (message !== null && messages.has(message)) ? quoted(line) : line,
    );
  return changed;
}

/** Whose rows, in SQL; undefined where the day has none of theirs. */
function scopeOf(view: View, places: Places, names: Names): string | undefined {
  switch (view.sees) {
    case "all":
      return "true";
    case "tenant": {
      const tenant = names.exact(TENANT, view.tenant);
      return tenant && `tenant = ${tenant.id}`;
    }
    case "message": {
      const [from, below] = places.span(view.message);
      return `p >= ${from} and p < ${below}`;
    }
  }
}

/** Names that no row has any longer. */
function dropNames(db: Database, wanted: string, replace: (text: string) => string): void {
  const drop = db.prepare("delete from name where id = ?");
  const named = db.prepare(`select id, text from name where kind in (${FROM}, ${SENDER}) and instr(lower(text), ?) > 0`);
  for (const [id, text] of named.all<[number, string]>(wanted)) if (replace(text) !== text) drop.run(id);
}

/** Puts REMOVED wherever an address stands, whatever the case of its letters, and not where it is part of a longer one. */
function replacer(wanted: string): (text: string) => string {
  const pattern = new RegExp(`(?<![\\w.+-])${RegExp.escape(wanted)}(?![\\w-]|\\.\\w)`, "gi");
  return (text) => text.replace(pattern, REMOVED);
}
