/** What the API answers with: the node's data under the names that people use, keys turned into ids, times written. */
import type { WallMs } from "../../base/clock.ts";
import type { Diagnosis } from "../../model/diagnosis.ts";
import { type DeliveryRef, idOf, type NodeNumber } from "../../model/ids.ts";
import type { View } from "../../model/view.ts";
import type { HistoryRow, Tally } from "../../store/history/history.ts";
import type { Ledger, LedgerCounts, SpooledDelivery } from "../../store/spool/spool.ts";
import type { FlowStep, InForce, LaneRecord, NodeFace, NodeStatus, ProviderRecord, SourceRecord } from "./node-face.ts";
import type * as rows from "./routes/rows.ts";
import type { Static } from "./routes/schema.ts";
import type { ReplyOf } from "./routes.ts";
import { siteSeen } from "./tenant-sees.ts";
import { iso, isoOrNull } from "./wire-form.ts";

/** `ID.2`: one recipient of a message. */
export function deliveryName(ref: DeliveryRef, node: NodeNumber): string {
  return `${idOf(ref.message, node)}.${ref.rcpt}`;
}

export function deliveryRow(row: SpooledDelivery, node: NodeNumber): Static<typeof rows.delivery> {
  return {
    ...{ id: idOf(row.ref.message, node), rcpt: row.ref.rcpt, state: row.state, from: row.mailFrom, to: row.address },
    ...{ domain: row.domain, sender: row.sender, source: row.source, tenant: row.tenant, class: row.class, site: row.site },
    ...{ bytes: row.bytes, acceptedAt: iso(row.acceptedAt), expiresAt: iso(row.expiresAt) },
    due: row.state === "queued" ? iso(row.dueAt) : null,
    attempts: row.attempts,
    inDoubt: row.state === "queued" && row.sentAt !== undefined,
    lastHost: row.lastHost ?? null,
    why: row.why ?? null,
    action: row.action ?? null,
  };
}

/** `now`: what is open has taken so long so far. */
export function historyRow(row: HistoryRow, node: NodeNumber, now: WallMs): Static<typeof rows.row> {
  const open = row.state === "queued" || row.state === "held";
  return {
    ...{ id: idOf(row.ref.message, node), rcpt: row.ref.rcpt, at: iso(row.at), state: row.state },
    ...{ inDoubt: row.state === "queued" && row.inDoubt, possiblyTwice: row.possiblyTwice, from: row.from, to: row.to, sender: row.sender },
    ...{ source: row.source, tenant: row.tenant, recipients: row.recipients, attempts: row.attempts },
    tookMs: open ? Math.max(0, now - row.at) : row.doneAt === undefined ? null : Math.max(0, row.doneAt - row.at),
    dueAt: isoOrNull(row.dueAt),
    why: row.why ?? null,
    class: row.class ?? null,
    provider: row.provider ?? null,
    host: row.host ?? null,
    code: row.code ?? null,
    enhanced: row.enhanced ?? null,
    fault: row.fault ?? null,
  };
}

export function tallyReply({ byState, exact, steps }: Tally): ReplyOf<"tally"> {
  return { byState, exact, steps: steps.map(flowStep) };
}

export function flowStep({ at, accepted, settled }: FlowStep): Static<typeof rows.flowStep> {
  return { at: iso(at), accepted, settled };
}

export function ledgerReply(ledger: Ledger): ReplyOf<"ledger"> {
  const tenants = new Set([...ledger.byEvents.keys(), ...ledger.bySweep.keys()]);
  const none: LedgerCounts = { accepted: 0, queued: 0, held: 0, delivered: 0, relayed: 0, bounced: 0, expired: 0, discarded: 0 };
  return {
    balances: ledger.balances,
    drift: ledger.drift,
    tenants: [...tenants].sort().map((tenant) => ({
      tenant,
      events: countsOf(ledger.byEvents.get(tenant) ?? none),
      sweep: ledger.bySweep.get(tenant) ?? { queued: 0, held: 0 },
    })),
  };
}

export function countsOf(counts: LedgerCounts): Static<typeof rows.counts> {
  const { accepted, queued, held, delivered, relayed, bounced, expired, discarded } = counts;
  return { accepted, queued, held, delivered, relayed, bounced, expired, discarded };
}

/** What is the node's own is null, and lists of it empty, for whoever sees one tenant's mail only. */
export function statusReply(status: NodeStatus, node: NodeFace, view: View): ReplyOf<"status"> {
  const { oldest } = status;
  const all = view.sees === "all";
  return {
    node: { name: node.name, number: node.number, version: node.version },
    line: all ? statusLine(status) : tenantLine(status),
    at: iso(status.at),
    startedAt: iso(status.startedAt),
    phase: status.phase,
    listeners: all ? status.listeners : [],
    flow: all ? status.flow : null,
    counts: countsOf(status.counts),
    inDoubt: status.inDoubt,
    oldest:
      oldest === undefined
        ? null
        : {
            id: idOf(oldest.ref.message, node.number),
            rcpt: oldest.ref.rcpt,
            acceptedAt: iso(oldest.acceptedAt),
            site: siteSeen(oldest.site, view),
          },
    ...(all ? insideReply(status) : { ledger: null, spool: null, history: null, needs: [], waitsFor: null }),
  };
}

function insideReply({ ledger, spool, history, needs, waitsFor }: NodeStatus) {
  return {
    ledger: { at: iso(ledger.at), balances: ledger.balances, drift: ledger.drift },
    spool: { is: spool.is, freeBytes: spool.is === "sick" ? null : spool.freeBytes, why: spool.is === "sick" ? spool.why : null },
    history: { is: history.is, behind: history.is === "off" ? 0 : history.behind, why: history.is === "stopped" ? history.why : null },
    needs: needs.map(({ code, line, fix, link }) => ({ code, line, fix: fix ?? null, link: link ?? null })),
    waitsFor: waitsFor ?? null,
  };
}

/** That no mail is taken, the tenant's servers hear anyway; why, is the node's own. */
function tenantLine({ phase, spool }: NodeStatus): string {
  return phase === "running" && spool.is === "ok" ? "Mail is flowing." : "No new mail is taken at the moment.";
}

function statusLine(status: NodeStatus): string {
  const needs = status.needs.length;
  const tail = needs === 0 ? "Nothing needs you." : needs === 1 ? "1 thing needs you." : `${needs} things need you.`;
  if (status.phase === "draining") return `Stopping; no new mail is taken. ${tail}`;
  if (status.phase === "starting") return `Starting; no mail is taken yet. ${tail}`;
  switch (status.spool.is) {
    case "sick":
      return `No mail is taken: the disk does not keep what is written. ${tail}`;
    case "full":
      return `No new mail is taken: the disk is nearly full. Deliveries go on. ${tail}`;
    default:
      return status.needs.some(({ code }) => code === "upstream-closed")
        ? `Mail is taken and waits: an upstream takes none. ${tail}`
        : `Mail is flowing. ${tail}`;
  }
}

export function providerRow(row: ProviderRecord): Static<typeof rows.provider> {
  return {
    ...{ provider: row.provider, key: row.key, queued: row.queued, oldestAt: isoOrNull(row.oldestAt) },
    ...{ deliveredPerHour: row.deliveredPerHour, answers15m: { ok: row.answers.ok, later: row.answers.later, no: row.answers.no } },
    ...{ limit: row.limit ?? null, why: row.why ?? null, opensAt: isoOrNull(row.opensAt), sites: row.sites },
  };
}

export function becauseRow(row: InForce): Static<typeof rows.because> {
  return {
    ...{ id: row.id, what: row.what, on: row.on, cause: row.cause, link: row.link ?? null, by: row.by, since: iso(row.since) },
    ...{ until: isoOrNull(row.until), then: row.then ?? null, undo: undoOf(row) },
  };
}

function undoOf({ undo }: InForce): Static<typeof rows.because>["undo"] {
  return undo === undefined ? null : { action: /^\d+$/.test(undo) ? Number(undo) : null, what: undo };
}

export function laneRow(row: LaneRecord): Static<typeof rows.lane> {
  return {
    ...{ egress: row.egress, site: row.site, state: row.state, why: row.why ?? null, until: isoOrNull(row.until) },
    ...{ connections: row.connections, queued: row.queued, nextDueAt: isoOrNull(row.nextDueAt), since: isoOrNull(row.since) },
    ...{ perMinute: row.perMinute ?? null, ceiling: row.ceiling ?? null, provider: row.provider ?? null },
    ...{ limitedBy: row.limitedBy ?? null, undo: row.undo ?? null },
  };
}

export function sourceRow(row: SourceRecord): ReplyOf<"addSource">["source"] {
  return {
    ...{ kind: row.kind, name: row.name, tenant: row.tenant, createdAt: iso(row.createdAt), fixed: row.fixed },
    seenAt: isoOrNull(row.seenAt),
    cidrs: row.kind === "range" ? row.cidrs : null,
    login: row.kind === "credential" ? row.login : null,
  };
}

export function diagnosisReply(found: Diagnosis): ReplyOf<"explain"> {
  return {
    ...{ class: found.class, scope: found.scope, provider: found.provider ?? null, permanent: found.permanent },
    ...{ waitSeconds: found.waitSeconds ?? null, zone: found.zone ?? null, rule: found.rule, confidence: found.confidence },
    cause: found.cause,
    remedy: { who: found.remedy.who, text: found.remedy.text, link: found.remedy.link ?? null },
  };
}
