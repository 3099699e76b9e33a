/** Where mail goes: providers, lanes, and addresses that are no longer written to. */
import type { WallMs } from "../../../base/clock.ts";
import { idOf, type NodeNumber, type TenantId } from "../../../model/ids.ts";
import type { View } from "../../../model/view.ts";
import { normalAddress, type SuppressionEntry } from "../../../store/suppression/suppression.ts";
import { type Answers, type Asked, actorOf, viewOf } from "../asked.ts";
import { csvLine, readCsv } from "../csv.ts";
import { readMoment } from "../reference.ts";
import { FIGURES, notFound, Refused, wired } from "../refused.ts";
import { type destinationRoutes, SUPPRESSION_CAUSES } from "../routes/destinations.ts";
import type { ReceivedBy, ReplyOf } from "../routes.ts";
import { flowStep, laneRow, providerRow } from "../shapes.ts";
import { iso, isoOrNull } from "../wire-form.ts";

/** Operators' entries where there are no tenants. */
const DEFAULT = "default" as TenantId;
const PAGE = 1000;
/** Lines told with what is wrong with them; of further ones how many. */
const MOST_SKIPPED = 1000;

export const destinationAnswers: Answers<keyof typeof destinationRoutes> = {
  destinations: async ({ node }) => ({ providers: (await wired(node.figures, FIGURES).providers()).map(providerRow) }),

  destination: async ({ node }, { key }) => {
    const found = await wired(node.figures, FIGURES).provider(key);
    if (found === undefined) throw notFound(`there is no mail to a provider ${key.slice(0, 80)}`, "GET /api/v1/destinations has them all");
    return {
      provider: providerRow(found.provider),
      sites: found.sites.map((row) => ({
        ...{ site: row.site, queued: row.queued, oldestAt: isoOrNull(row.oldestAt), connections: row.connections, state: row.state },
        ...{ why: row.why ?? null, until: isoOrNull(row.until), hosts: row.hosts },
        ...{ perMinute: row.perMinute ?? null, ceiling: row.ceiling ?? null },
      })),
      replies: found.replies.map(({ text, class: what, count, lastAt, remedy }) => ({
        text,
        class: what,
        count,
        lastAt: iso(lastAt),
        remedy,
      })),
      steps: found.steps.map(flowStep),
    };
  },

  lanes: async ({ node }) => ({ lanes: (await node.lanes()).map(laneRow) }),

  suppressions: async (asked, { text, why, limit, after }) => {
    const page = await wired(asked.desk.suppression, "suppression list").list(viewOf(asked), {
      ...{ limit },
      ...(text === undefined ? {} : { text }),
      ...(why === undefined ? {} : { why }),
      ...(after === undefined ? {} : { after }),
    });
    return { entries: page.entries.map((entry) => entryRow(entry, asked.node.number)), next: page.next ?? null, total: page.total };
  },

  suppress: async (asked, { entries, text }) => {
    if ((entries === undefined) === (text === undefined))
      throw new Refused("bad-request", "entries are missing", "send entries as JSON, or a CSV as text/csv");
    const rows = entries === undefined ? fromCsv(text ?? "") : entries.map((given, i) => ({ line: i + 1, given }));
    const desk = wired(asked.desk.suppression, "suppression list");
    asked.remark({ on: "addresses" }); // for the record of one that breaks off
    const skipped: { line: number; why: string }[] = [];
    let [added, seen, wrong, only] = [0, 0, 0, ""];
    let batch: NewEntry[] = [];
    const addBatch = async (): Promise<void> => {
      if (batch.length > 0) added += await desk.add(batch);
      batch = [];
    };
    for (const { line, given } of rows) {
      seen++;
      only = given.address;
      const entry = entryOf(asked, given, text === undefined ? "operator" : "import");
      if (!("wrong" in entry)) batch.push(entry);
      else if (wrong++ < MOST_SKIPPED) skipped.push({ line, why: entry.wrong });
      if (batch.length >= PAGE) await addBatch();
      // A file of a million lines must not hold up mail meanwhile.
      else if (seen % PAGE === 0) await new Promise<void>((resolve) => asked.clock.nextTurn(resolve));
    }
    await addBatch();
    asked.remark({ on: seen === 1 ? only.slice(0, 320) : `${seen} addresses`, after: { added } });
    if (wrong > MOST_SKIPPED) skipped.push({ line: seen, why: `and ${wrong - MOST_SKIPPED} further lines up to this one` });
    return { added, skipped };
  },

  unsuppress: async (asked, { addresses, domain, why }) => {
    if (addresses === undefined && domain === undefined && why === undefined)
      throw new Refused("bad-request", "nothing says which addresses", "give addresses, domain or why");
    asked.remark({ on: [addresses?.slice(0, 5).join(", "), domain && `@${domain}`, why].filter(Boolean).join(" ") });
    const removed = await wired(asked.desk.suppression, "suppression list").remove(viewOf(asked), {
      ...(addresses === undefined ? {} : { addresses: addresses.map((address) => address.toLowerCase()) }),
      ...(domain === undefined ? {} : { domain: domain.replace(/^@/, "").toLowerCase() }),
      ...(why === undefined ? {} : { why }),
    });
    asked.remark({ after: { removed: removed.length } });
    return { removed: removed.length, undo: null };
  },

  exportSuppressions: async (asked, { form }) => {
    const raw = allEntries(asked, viewOf(asked), form);
    const name = `suppressed.${form}`;
    return {
      raw,
      type: form === "csv" ? "text/csv; charset=utf-8" : "application/jsonl; charset=utf-8",
      headers: { "content-disposition": `attachment; filename="${name}"` },
    };
  },
};

type NewEntry = Omit<SuppressionEntry, "hits" | "lastHitAt">;
type Given = NonNullable<ReceivedBy<"suppress">["entries"]>[number];

async function* allEntries(asked: Asked, view: View, form: "csv" | "jsonl"): AsyncGenerator<Uint8Array> {
  const desk = wired(asked.desk.suppression, "suppression list");
  const columns = ["address", "why", "until", "detail", "tenant", "since", "hits"] as const;
  if (form === "csv") yield Buffer.from(csvLine(columns));
  for (let after: string | undefined; ; ) {
    const page = await desk.list(view, { limit: PAGE, ...(after === undefined ? {} : { after }) });
    const rows = page.entries.map((entry) => entryRow(entry, asked.node.number));
    yield Buffer.from(
      rows.map((row) => (form === "csv" ? csvLine(columns.map((column) => row[column])) : `${JSON.stringify(row)}\n`)).join(""),
    );
    if (page.next === undefined) return;
    after = page.next;
  }
}

function entryRow(entry: SuppressionEntry, node: NodeNumber): ReplyOf<"suppressions">["entries"][number] {
  return {
    ...{ tenant: entry.tenant, address: entry.address, why: entry.why, detail: entry.detail ?? null },
    message: entry.message === undefined ? null : idOf(entry.message, node),
    since: iso(entry.since),
    until: isoOrNull(entry.until),
    hits: entry.hits,
    lastHitAt: isoOrNull(entry.lastHitAt),
    by: entry.by.id,
  };
}

/** With or without a line of names; the address alone is enough. */
function* fromCsv(text: string): Generator<{ readonly line: number; readonly given: Given }> {
  let columns: readonly string[] | undefined;
  for (const { line, cells } of readCsv(text)) {
    if (columns === undefined) {
      const names = cells.map((cell) => cell.trim().toLowerCase());
      const named = names.includes("address");
      columns = named ? names : ["address", "why", "until", "detail", "tenant"];
      if (named) continue;
    }
    const cell = (name: string): string | undefined => cells[columns?.indexOf(name) ?? -1]?.trim() || undefined;
    const why = cell("why") as Given["why"]; // whether it is one is looked at with the entry
    yield { line, given: { address: cell("address") ?? "", why, until: cell("until"), detail: cell("detail"), tenant: cell("tenant") } };
  }
}

function entryOf(asked: Asked, given: Given, usual: "operator" | "import"): NewEntry | { readonly wrong: string } {
  const view = viewOf(asked);
  const address = normalAddress(given.address.replace(/^<|>$/g, ""));
  if (address === undefined) return { wrong: `${JSON.stringify(given.address.slice(0, 80))} is no address` };
  const why = given.why ?? usual;
  if (!SUPPRESSION_CAUSES.includes(why)) return { wrong: `why must be one of ${SUPPRESSION_CAUSES.join(", ")}` };
  const tenant = view.sees === "tenant" ? view.tenant : ((given.tenant ?? DEFAULT) as TenantId);
  if (view.sees === "tenant" && given.tenant !== undefined && given.tenant !== view.tenant)
    return { wrong: "a tenant's own addresses only" };
  let until: WallMs | undefined;
  try {
    until = given.until === undefined ? undefined : readMoment("until", given.until);
  } catch (thrown) {
    if (thrown instanceof Refused) return { wrong: thrown.message };
    throw thrown;
  }
  return {
    ...{ tenant, address, why, since: asked.now, by: actorOf(asked) },
    ...(given.detail === undefined ? {} : { detail: given.detail.slice(0, 500) }),
    ...(until === undefined ? {} : { until }),
  };
}
