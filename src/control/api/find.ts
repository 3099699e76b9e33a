/**
 * Whatever somebody pastes, as what it is. What may be meant is read from the text (`diagnose/find`); here each is looked
 * up, best first, until one is there. What is not to be seen is not there.
 */
import { unreachable } from "../../base/brand.ts";
import { findCode } from "../../diagnose/codes/codes.ts";
import { type Found as Candidate, findIn } from "../../diagnose/find/find.ts";
import { diagnoseText } from "../../mail/replies/replies.ts";
import { idOf, readId } from "../../model/ids.ts";
import type { View } from "../../model/view.ts";
import type { Asked } from "./asked.ts";
import { parseQuery } from "./query-text.ts";
import type { ReplyOf } from "./routes.ts";
import { diagnosisReply } from "./shapes.ts";
import { iso } from "./wire-form.ts";

type Found = ReplyOf<"find">;
/** Below it a reading of a reply is a guess. */
const SURE = 0.5;
/** Longer texts are no queries. */
const MOST_QUERY = 300;

export async function findPasted(asked: Asked, view: View, pasted: string, zone: string): Promise<Found> {
  const text = pasted.trim();
  const tried: string[] = [];
  // Words with keys were typed, not pasted.
  const typed = parseQuery(text, asked.now, zone);
  const keyed = /(?:^|\s)-?[a-z]+:[^\s/]/i.test(text) && text.length <= MOST_QUERY && !text.includes("\n");
  if (keyed && typed.ok) return { is: "query", q: text };
  for (const candidate of findIn(text)) {
    const found = await lookedUp(asked, view, candidate, text, zone, tried);
    if (found !== undefined) return found;
  }
  const next =
    tried.length === 0 ? "paste an id, an address, a line of a log, or a reply" : "look further back, or into the sending server's log";
  return { is: "nothing", tried, backTo: await backTo(asked), next };
}

async function lookedUp(
  asked: Asked,
  view: View,
  candidate: Candidate,
  text: string,
  zone: string,
  tried: string[],
): Promise<Found | undefined> {
  const { node, desk } = asked;
  switch (candidate.is) {
    case "message": {
      tried.push(`id ${candidate.id}`);
      const read = readId(candidate.id);
      const record = "key" in read && read.node === node.number ? await node.message(view, read.key) : undefined;
      return record && { is: "message", id: candidate.rcpt === null ? candidate.id : `${candidate.id}.${candidate.rcpt}` };
    }
    case "mistyped":
      tried.push(`id ${candidate.text}, which has a typing error`);
      return undefined;
    case "link": {
      tried.push("a link's key");
      const opened = await desk.links?.open(candidate.key);
      const record = opened && (await node.message(view, opened.message));
      return record && opened && { is: "message", id: idOf(opened.message, node.number) };
    }
    case "message-id": {
      tried.push(`Message-ID ${candidate.messageId}`);
      if (node.past === undefined) return undefined; // it alone knows Message-IDs
      const { rows } = await node.past.search(view, { messageId: [candidate.messageId] }, { limit: 1 });
      return rows[0] && { is: "message", id: idOf(rows[0].ref.message, node.number) };
    }
    case "address":
      return { is: "address", q: candidate.role === "any" ? candidate.address : `${candidate.role}:${candidate.address}` };
    case "code": {
      const meaning = findCode(candidate.code);
      return meaning && { is: "code", code: meaning.code, means: meaning.means, who: meaning.who, fix: meaning.fix };
    }
    case "reply": {
      const reading = diagnoseText(candidate.text, candidate.host === null ? {} : { host: candidate.host });
      if (reading.confidence >= SURE) return { is: "reply", diagnosis: diagnosisReply(reading) };
      tried.push("a receiver's reply");
      return undefined;
    }
    case "ip":
      return { is: "query", q: `ip:${candidate.ip}` };
    case "domain":
      return { is: "query", q: `@${candidate.domain}` };
    case "foreign":
      tried.push(`queue id ${candidate.id} of ${candidate.of}`);
      return undefined;
    case "words":
      tried.push("words of a reply");
      return text.length <= MOST_QUERY && parseQuery(text, asked.now, zone).ok ? { is: "query", q: text } : undefined;
    default:
      return unreachable(candidate);
  }
}

/** How far back history goes. */
async function backTo(asked: Asked): Promise<string | null> {
  const files = await asked.desk.keeping?.history();
  const oldest = files?.files.at(-1)?.day;
  return oldest === undefined ? null : iso(Date.parse(`${oldest}T00:00:00Z`) as typeof asked.now);
}
