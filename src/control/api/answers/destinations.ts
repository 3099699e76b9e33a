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
    asked.remark({ on: rows.length === 1 ? (rows[0]?.given.address ?? "") : `${rows.length} addresses` });
    const skipped: { line: number; why: string }[] = [];
    const wanted: Parameters<NonNullable<Asked["desk"]["suppression"]>["add"]>[0][number][] = [];
    for (const { line, given } of rows) {
      const entry = entryOf(asked, given, text === undefined ? "operator" : "import");
      if ("wrong" in entry) skipped.push({ line, why: entry.wrong });
      else wanted.push(entry);
    }
    const added = wanted.length === 0 ? 0 : await wired(asked.desk.suppression, "suppression list").add(wanted);
    asked.remark({ after: { added } });
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
function fromCsv(text: string): readonly { readonly line: number; readonly given: Given }[] {
  const lines = readCsv(text);
  const [first] = lines;
  const known = ["address", "why", "until", "detail", "tenant"] as const;
  const named = first?.cells.some((cell) => cell.trim().toLowerCase() === "address") === true;
  const columns: readonly string[] = named ? (first?.cells.map((cell) => cell.trim().toLowerCase()) ?? []) : known;
  return lines.slice(named ? 1 : 0).map(({ line, cells }) => {
    const cell = (name: string): string | undefined => cells[columns.indexOf(name)]?.trim() || undefined;
    const why = cell("why");
    return {
      line,
      given: {
        address: cell("address") ?? "",
        why: why as Given["why"],
        until: cell("until"),
        detail: cell("detail"),
        tenant: cell("tenant"),
      },
    };
  });
}

function entryOf(
  asked: Asked,
  given: Given,
  usual: "operator" | "import",
): Omit<SuppressionEntry, "hits" | "lastHitAt"> | { readonly wrong: string } {
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
