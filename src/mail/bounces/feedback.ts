/** Complaints: feedback reports (RFC 5965 §3, RFC 6591), and those that providers send without the machine-readable part. */
import { addressIn, typedAddress } from "./addresses-in-text.ts";
import { type Block, firstOf, readHeaderText } from "./field-blocks.ts";
import type { Pieces } from "./gather-report.ts";
import { mtaName } from "./status-report.ts";

export interface Complaint {
  readonly type: string;
  readonly agent: string;
  readonly addresses: readonly string[];
  readonly host: string | undefined;
  readonly fields: Block;
}

/** Where the complaining recipient stands, the surest first. */
const RECIPIENTS = ["original-rcpt-to", "removal-recipient", "x-hmxmroriginalrecipient", "reported-recipient"];
/** Microsoft's programme puts its fields into the returned message and has no report part. */
const OF_PROVIDERS = ["x-hmxmroriginalrecipient"];

export function complaintOf({ feedbacks, original, header, notice }: Pieces): Complaint | undefined {
  const text = feedbacks[0] ?? (/^Feedback-Type:/im.test(notice) ? notice.slice(notice.search(/^Feedback-Type:/im)) : undefined);
  const silent = text === undefined && OF_PROVIDERS.some((name) => original?.has(name));
  if (text === undefined && !silent) return undefined;
  const fields: Block = text === undefined ? new Map() : readHeaderText(text);
  const named = [fields, original].flatMap((block) => RECIPIENTS.flatMap((name) => block?.get(name) ?? []));
  const addresses = named.length > 0 ? named : (original?.get("to") ?? []).slice(0, 1);
  return {
    type: (firstOf(fields, "feedback-type") ?? "abuse").toLowerCase().trim(),
    agent: firstOf(fields, "user-agent", "reported-by") ?? addressIn(firstOf(header, "from") ?? "") ?? "",
    addresses: [...new Set(addresses.flatMap((value) => typedAddress(addressIn(value) ?? value) ?? []))],
    host: mtaName(firstOf(fields, "source-ip")),
    fields,
  };
}
