/**
 * Reads what mail systems, mailbox owners and their programs say of a message of ours: delivery reports (RFC 3464, 6533)
 * and those of systems that never heard of them, complaints (RFC 5965, 6591), automatic answers (RFC 3834). The part for
 * machines is read first, the text by its layout where that is missing or says too little; why it was refused is
 * `mail/replies`' word. Content of the returned message is never taken for the report's.
 */
import { addressesIn, addressIn, isAddress } from "./addresses-in-text.ts";
import { type CloudNotice, readCloudNotice } from "./cloud-notice.ts";
import { complaintOf } from "./feedback.ts";
import { type Block, firstOf, readHeaderText } from "./field-blocks.ts";
import { type Pieces, ReportGatherer } from "./gather-report.ts";
import { RECIPIENTS_MAX } from "./limits.ts";
import { type Noticed, readNotice, wholeReason } from "./notice-recipients.ts";
import { divideNotice } from "./notice-text.ts";
import { hasFailedSubject, hasNullPath, isAutoReply, isChallenge, isDelay, isFromDaemon, saysFailed, sendersOf } from "./occasion.ts";
import { originalOf, tokensOf } from "./original.ts";
import { codeIn } from "./reply-in-text.ts";
import type { BouncedRecipient, BounceReport } from "./report.ts";
import { mtaName, readStatusReport, type StatusLine, type StatusReport, statusIn } from "./status-report.ts";
import { understoodAll } from "./understood.ts";

export type { Action, BouncedRecipient, BounceKind, BounceReport, Original } from "./report.ts";

/** Reads one message as it comes, in bounded memory. Whatever it is, the answer is a report; `none` where it is neither. */
export class BounceReader {
  readonly #gatherer = new ReportGatherer();

  push(bytes: Uint8Array): void {
    this.#gatherer.push(bytes);
  }

  /** Call it once. */
  end(): BounceReport {
    const report = this.#read();
    if (report.recipients.length <= RECIPIENTS_MAX) return report;
    return { ...report, recipients: report.recipients.slice(0, RECIPIENTS_MAX), cut: true };
  }

  #read(): BounceReport {
    const pieces = this.#gatherer.end();
    const report = reportOf(pieces);
    if (report.recipients.some(({ reply, status }) => reply !== undefined || status !== undefined)) return report;
    // A report that was forwarded inside another's text.
    const quoted = divideNotice(pieces.notice).original;
    if (quoted === undefined || !REPORT.test(quoted.slice(0, REPORT_WITHIN))) return report;
    const within = new ReportGatherer();
    within.push(Buffer.from(quoted));
    const inner = reportOf(within.end());
    return inner.recipients.length > 0 ? inner : report;
  }
}

/** Reads a message to its end. */
export async function readBounce(source: AsyncIterable<Uint8Array> | Uint8Array): Promise<BounceReport> {
  const reader = new BounceReader();
  if (source instanceof Uint8Array) reader.push(source);
  else for await (const bytes of source) reader.push(bytes);
  return reader.end();
}

const REPORT = /^Content-Type:\s{0,3}multipart\/report\b/im;
/** Of a quoted message, as far as its header may reach. */
const REPORT_WITHIN = 16 * 1024;

function reportOf(pieces: Pieces): BounceReport {
  const { header } = pieces;
  const { lines, original: quoted, cut } = divideNotice(pieces.notice);
  const original = pieces.original ?? (quoted === undefined ? undefined : readHeaderText(quoted));
  const rest = (machine: readonly Block[]): Pick<BounceReport, "original" | "tokens" | "cut"> => {
    const about = originalOf(original);
    return { ...(about !== undefined && { original: about }), tokens: tokensOf(header, original, machine), cut: cut || pieces.cut };
  };
  const complaint = complaintOf({ ...pieces, original });
  const status = pieces.statuses.map(readStatusReport).find((report) => report !== undefined) ?? readStatusReport(lines.join("\n"));
  if (complaint !== undefined && pieces.statuses.length === 0) {
    const diagnostic = lines.join("\n");
    const recipients = understoodAll(
      complaint.addresses.map((address) => ({ address, action: "failed", diagnostic, host: complaint.host })),
    );
    return { kind: "arf", from: complaint.agent, recipients, feedbackType: complaint.type, ...rest([complaint.fields]) };
  }
  if (pieces.disposition && status === undefined) return { kind: "autoreply", from: sender(header), recipients: [], ...rest([]) };
  const cloud = readCloudNotice(pieces.notice);
  if (cloud !== undefined) return { ...fromCloud(cloud), ...rest([new Map([["original-mail-from", [cloud.source]]])]) };
  const notice = lines.join("\n");
  const noticed = readNotice(lines, failedRecipients(header), sendersOf(header, original));
  if (status !== undefined) {
    const machine = pieces.statuses.map(readHeaderText);
    return {
      kind: "dsn",
      from: status.reporter ?? sender(header),
      recipients: fromStatus(status, noticed, header, lines),
      ...rest(machine),
    };
  }
  const coded = noticed.some(({ reason }) => codeIn(reason) !== undefined || statusIn(reason) !== undefined);
  const told = noticed.length > 0 && saysFailed(notice);
  const titled = hasFailedSubject(header) && (hasNullPath(header) || original !== undefined || told);
  const daemon = isFromDaemon(header);
  const spoken = daemon || titled || (hasNullPath(header) && coded) || (original !== undefined && told);
  if ((isAutoReply(header) || isChallenge(header, notice)) && !daemon && !(coded && spoken))
    return { kind: "autoreply", from: sender(header), recipients: [], ...rest([]) };
  if (!spoken) return { kind: "none", from: sender(header), recipients: [], ...rest([]) };
  const delayed = isDelay(header, notice);
  const said = wholeReason(lines);
  const found = noticed.length > 0 ? noticed : fromOriginal(original, said);
  const action = delayed ? "delayed" : "failed";
  const recipients = understoodAll(
    found.map(({ address, reason, ofAll }) => ({ address, action, diagnostic: reason, around: found.length === 1 ? said : ofAll })),
  );
  return { kind: "dsn", from: reporterIn(notice) ?? sender(header), recipients, ...rest([]) };
}

/** One entry a recipient; where blocks repeat it the one with more to say counts. */
function fromStatus(status: StatusReport, noticed: readonly Noticed[], header: Block, notice: readonly string[]): BouncedRecipient[] {
  const delayed = isDelay(header, notice.join("\n"));
  const said = wholeReason(notice);
  const lines = new Map<string, StatusLine>();
  for (const line of status.lines) {
    const key = line.address.toLowerCase();
    const before = lines.get(key);
    if (before === undefined || (before.diagnostic ?? "").length < (line.diagnostic ?? "").length) lines.set(key, line);
  }
  // A path or a bare domain is no address; where the text names somebody that no block does, it means the same one.
  const unnamed = noticed.filter(({ address }) => !lines.has(address.toLowerCase()));
  for (const [key, line] of lines) {
    const meant = isAddress(line.address) ? undefined : unnamed.shift();
    if (meant !== undefined) lines.set(key, { ...line, address: meant.address, originalRecipient: line.originalRecipient ?? line.address });
  }
  const texts = new Map(noticed.map(({ address, reason }) => [address.toLowerCase(), reason]));
  const told = [...lines.values()].slice(0, RECIPIENTS_MAX + 1).map((line) => {
    const own = texts.get(line.address.toLowerCase()) ?? texts.get(line.originalRecipient?.toLowerCase() ?? "");
    const around = own ?? (lines.size === 1 ? said : undefined);
    return {
      ...{ address: line.address, originalRecipient: line.originalRecipient, status: line.status, host: line.host, around },
      action: line.action ?? (delayed ? ("delayed" as const) : ("failed" as const)),
      diagnostic: line.diagnostic ?? "",
    };
  });
  return understoodAll(told);
}

function fromCloud({
  kind,
  reporter,
  feedbackType,
  recipients,
}: CloudNotice): Pick<BounceReport, "kind" | "from" | "recipients" | "feedbackType"> {
  return {
    ...{ kind, from: reporter },
    ...(feedbackType !== undefined && { feedbackType }),
    recipients: understoodAll(recipients.slice(0, RECIPIENTS_MAX + 1)),
  };
}

/** Where the text names nobody, the returned message's own recipient is meant. */
function fromOriginal(original: Block | undefined, reason: string): Noticed[] {
  const named = firstOf(original, "x-rcpt-to", "envelope-to", "delivered-to", "to") ?? "";
  return addressesIn(named)
    .slice(0, 1)
    .map((address) => ({ address, reason }));
}

/** Exim's and Google's field. */
function failedRecipients(header: Block): string[] {
  return (header.get("x-failed-recipients") ?? []).flatMap(addressesIn);
}

function sender(header: Block): string {
  const from = (header.get("from") ?? []).filter((one) => !/^\s*(?:<>)?\s*$/.test(one));
  return from.map(addressIn).find((address) => address !== undefined) ?? from[0] ?? "";
}

/** "This is the Postfix program at host mx.example.org." */
function reporterIn(notice: string): string | undefined {
  return mtaName(/\bThis is the [^\n]{0,60}\bat (?:host )?([\w-]+(?:\.[\w-]+)+)/i.exec(notice)?.[1]);
}
