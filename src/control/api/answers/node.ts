/** Is mail flowing: health, status, counts, events, and orders to the node itself. */
import { isLoopback } from "../../../base/ip.ts";
import { findCode } from "../../../diagnose/codes/codes.ts";
import { codePage, gonePage, PAGE_CSS, type PageLook, storyPage } from "../../../diagnose/page/page.ts";
import { EVERYTHING } from "../../../model/view.ts";
import { type Answers, type Asked, type RawReply, viewOf } from "../asked.ts";
import { hostname, isAddressOrLocal } from "../door/host.ts";
import { eventRow } from "../event-row.ts";
import { liveReply } from "../live.ts";
import { newestEvent } from "../newest-event.ts";
import { openApi } from "../open-api.ts";
import { pathOf } from "../paths.ts";
import { FIGURES, Refused, wired } from "../refused.ts";
import type { nodeRoutes } from "../routes/node.ts";
import { OPERATOR } from "../routes/route.ts";
import { becauseRow, countsOf, flowStep, ledgerReply, providerRow, statusReply } from "../shapes.ts";
import { storiesOf } from "../story-shape.ts";
import { eventsSeen } from "../tenant-sees.ts";
import { iso } from "../wire-form.ts";

const HTML = "text/html; charset=utf-8";

export const nodeAnswers: Answers<keyof typeof nodeRoutes> = {
  health: async ({ node, now }) => ({ ok: true, name: node.name, version: node.version, at: iso(now) }),

  ready: async (asked) => {
    const { phase, spool } = await asked.node.status(EVERYTHING);
    const why =
      phase !== "running"
        ? `the node is ${phase}`
        : spool.is === "ok"
          ? null
          : `no mail is taken: the disk is ${spool.is === "full" ? "nearly full" : "not writable"}`;
    if (why !== null) asked.setStatus(503);
    return { ready: why === null, why };
  },

  metrics: async (asked) => {
    if (!mayScrape(asked))
      throw new Refused(
        "login-needed",
        "figures are for this machine, or for a key of an operator",
        "send a key: Authorization: Bearer KEY",
      );
    return textReply(await wired(asked.desk.metrics, "metrics").text(), "text/plain; version=0.0.4; charset=utf-8");
  },

  status: async (asked) => statusReply(await asked.node.status(viewOf(asked)), asked.node, viewOf(asked)),

  now: async (asked) => {
    const view = viewOf(asked);
    const [status, now] = await Promise.all([asked.node.status(view), wired(asked.node.figures, FIGURES).now(view)]);
    return {
      ...statusReply(status, asked.node, view),
      lastHour: countsOf(now.lastHour),
      latency: { p50Ms: now.latency.p50Ms ?? null, p99Ms: now.latency.p99Ms ?? null, n: now.latency.n },
      flowSteps: now.steps.map(flowStep),
      // Of causes and providers a tenant hears nothing, whatever the node gives.
      inForce: view.sees === "all" ? now.inForce.map(becauseRow) : [],
      providers: view.sees === "all" ? now.providers.map(providerRow) : [],
    };
  },

  ledger: async ({ node }) => ledgerReply(await node.ledger()),

  events: async (asked, { after, limit, kinds }) => {
    const { node } = asked;
    const view = viewOf(asked);
    const from = after ?? Math.max(0, (await newestEvent(node)) - limit);
    // A tenant's page ends where everybody's does: one without a line for him still leads on.
    const [seen, all] = await Promise.all([
      node.events(view, from, limit),
      view.sees === "all" ? undefined : node.events(EVERYTHING, from, limit),
    ]);
    const wanted = seen.filter(({ body }) => kinds === undefined || kinds.includes(body.kind));
    const events = await eventsSeen(wanted, view, node);
    return { events: events.map((event) => eventRow(event, node.number)), next: (all ?? seen).at(-1)?.seq ?? from };
  },

  live: async (asked, { after }) => liveReply(asked, after),

  pickup: async ({ node }) => {
    const { taken, refused } = await node.pickup();
    return { taken, refused };
  },

  drain: async ({ node }) => {
    node.drain();
    return { draining: true };
  },

  openapi: async ({ node }) => openApi(node.version),

  storyPage: async (asked, { key }) => {
    const { desk, node, now } = asked;
    const links = wired(desk.links, "link");
    const opened = await links.open(key);
    const view = opened && ({ sees: "message", message: opened.message } as const);
    const record = view && (await node.message(view, view.message));
    const look = { ...lookOf(asked), zone: "UTC", now };
    if (opened === undefined || view === undefined || record === undefined) {
      asked.setStatus(404);
      return textReply(gonePage(look), HTML);
    }
    const [story] = storiesOf(node, view, [{ key: view.message, record }], { now, zone: look.zone });
    if (story === undefined) throw new Error("a record has a story");
    return textReply(storyPage(story, { ...look, until: opened.until }), HTML);
  },

  codePage: async (asked, { code }) => {
    const meaning = findCode(code);
    const look = lookOf(asked);
    if (meaning !== undefined) return textReply(codePage(meaning, look), HTML);
    asked.setStatus(404);
    return textReply(gonePage(look), HTML);
  },

  // The one file of these pages: it changes with the program only.
  pageStyle: async () => textReply(PAGE_CSS, "text/css; charset=utf-8", { "cache-control": "public, max-age=3600" }),
};

function lookOf({ desk }: Asked): PageLook {
  return { stylesheet: pathOf("pageStyle"), ...(desk.lab && { notice: desk.lab.notice }) };
}

/** From this machine, by an address, and not through a proxy on it, which stands for anybody. */
function mayScrape({ through, identity, visitor, host, forwarded }: Asked): boolean {
  if (through.door === "socket" || (identity !== undefined && OPERATOR.includes(identity.role))) return true;
  return isLoopback(visitor.ip) && isAddressOrLocal(hostname(host)) && !forwarded;
}

export function textReply(text: string, type: string, headers: Readonly<Record<string, string>> = {}): RawReply {
  const raw = (async function* () {
    yield Buffer.from(text);
  })();
  return { raw, type, headers };
}
