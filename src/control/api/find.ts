/** Whatever somebody pastes, as what it is: one of our codes, a message, an address, a query, a receiver's reply. */
import { findCode } from "../../diagnose/codes/codes.ts";
import { diagnoseText } from "../../mail/replies/replies.ts";
import { idOf, readId } from "../../model/ids.ts";
import type { View } from "../../model/view.ts";
import type { Asked } from "./asked.ts";
import { parseQuery } from "./query-text.ts";
import type { ReplyOf } from "./routes.ts";
import { diagnosisReply } from "./shapes.ts";
import { iso } from "./wire-form.ts";

type Found = ReplyOf<"find">;
/** Below it a reading is a guess (experience: "not recognised"). */
const SURE = 0.5;
const MOST_IDS = 20;

export async function findPasted(asked: Asked, view: View, pasted: string, zone: string): Promise<Found> {
  const text = pasted.trim();
  const tried: string[] = [];
  const ids = idsIn(text);
  for (const key of ids) {
    tried.push(`id ${idOf(key, asked.node.number)}`);
    if ((await asked.node.message(view, key)) !== undefined) return { is: "message", id: idOf(key, asked.node.number) };
  }
  const code = findCode(text);
  if (code !== undefined) return { is: "code", code: code.code, means: code.means, who: code.who, fix: code.fix };
  const messageId = /<[^\s<>@]+@[^\s<>@]+>/.exec(text)?.[0];
  if (messageId !== undefined) {
    tried.push(`Message-ID ${messageId}`);
    const { rows } = await asked.node.search(view, { messageId: [messageId] }, { limit: 1 });
    if (rows[0] !== undefined) return { is: "message", id: idOf(rows[0].ref.message, asked.node.number) };
  }
  const alone = /^<?([^\s<>@,;:"]+@[^\s<>@,;:"]+)>?$/.exec(text)?.[1];
  if (alone !== undefined) return { is: "address", q: alone };
  const replied = /(?<!\d)[245]\d\d[ -]|(?<!\d)[245]\.\d{1,3}\.\d{1,3}(?!\d)/.test(text);
  if (replied) {
    const reading = diagnoseText(text, {});
    if (reading.confidence >= SURE) return { is: "reply", diagnosis: diagnosisReply(reading) };
    tried.push("a receiver's reply");
  }
  const inside = /[^\s<>@,;:"'()[\]=]+@[^\s<>@,;:"'()[\]]+/.exec(text)?.[0].replace(/\.$/, "");
  if (inside !== undefined && /\s/.test(text) && !/(^|\s)-?[a-z]+:\S/i.test(text)) return { is: "address", q: inside };
  const query = parseQuery(text, asked.now, zone);
  if (text !== "" && query.ok && text.length <= 200) return { is: "query", q: text };
  tried.push("a query");
  const next = query.ok ? "paste less: an id, an address, or the reply's own line" : (query.fault.fix ?? query.fault.text);
  return { is: "nothing", tried, backTo: query.ok && query.query.since !== undefined ? iso(query.query.since) : null, next };
}

/** Words of sixteen letters whose check characters fit. */
function idsIn(text: string) {
  const words = [...text.matchAll(/(?<![0-9A-Za-z])[0-9A-Za-z]{16}(?![0-9A-Za-z])/g)].slice(0, MOST_IDS);
  return words.flatMap(([word]) => {
    const read = readId(word);
    return "fault" in read ? [] : [read.key];
  });
}
