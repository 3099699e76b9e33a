/** What kind of mail a message is, by its header: a mail system's report, a program's answer, or neither. */
import { addressIn } from "./addresses-in-text.ts";
import { type Block, firstOf } from "./field-blocks.ts";

const DAEMON =
  /mailer-daemon|mail(?:er)? deliver|mail system|postmaster|system administrator|mail administrator|undeliver|mmsc ndr|delivery subsystem/i;
/** In the languages that reporters without a machine-readable part write their subjects in. */
const FAILED =
  /undeliver|returned mail|failure notice|deliver(?:y|ed)?\b.{0,40}\b(?:fail|error|delay|status|problem|report|warning|suspend)|(?:fail|error|problem|unable|could not|cannot|can't|delay)\w*\b.{0,40}\bdeliver|mail (?:system )?(?:error|failure|could not)|delayed mail|not (?:been )?delivered|(?:message|mail) (?:you sent )?(?:was |has been )?(?:blocked|rejected|quarantined) by|non.?remis|unzustellbar|nicht zustellbar|zustellung|nicht.{0,20} zugestellt|pas (?:pu |été )?.{0,12}(?:remis|délivré|delivre|distribué)|non.{0,20} (?:consegnat|recapitat)|no .{0,20}entregad|niet.{0,20} (?:afgeleverd|bezorgd)|nie .{0,20}dostarczon|iletilemedi|onbestelbaar|impossibile recapitare|teslim edilemedi|nie można dostarczyć|nedoručiteln|inte levereras|levering mislyk|배달|전송 실패|mancat[ao] (?:recapito|consegna)|no se (?:pudo|puede) entregar|não (?:foi|pôde).{0,20}entreg|недоставлен|не доставлен|メールエラー|配信|送信でき|届きません|退信|投递|退回|无法送达|無法送達|传输失败|無法傳遞/i;

/** A person passed it on. */
const FORWARDED = /^\s*(?:fwd?|wg|tr|rv|doorst)\s*:/i;

/** Its subject tells of a delivery that failed. Shops and parcel services write such subjects too: alone it proves nothing. */
export function hasFailedSubject(header: Block): boolean {
  const subject = firstOf(header, "subject") ?? "";
  return FAILED.test(subject) && !FORWARDED.test(subject) && !header.has("list-unsubscribe");
}

/** Its words say so, for systems that write under other names. Only the beginning is asked: a report comes to the point. */
export function saysFailed(notice: string): boolean {
  return FAILED.test(notice.slice(0, 2_000));
}

/** A mail system wrote it, under a name that only they use. */
export function isFromDaemon(header: Block): boolean {
  return (header.get("from") ?? []).some((from) => DAEMON.test(from)) || header.has("x-failed-recipients");
}

/** "Automatic answer" and "away" in the languages that mail programs speak, where a subject begins with it. */
const ANSWERED =
  /^[\s[(]*(?:auto(?:mated|matic)?[ -_]?(?:re(?:ply|sponse|spons)|answer)|out of (?:the )?office|away from|on vacation|vacation|abwesen|automatische antwort|réponse automatique|absence du bureau|respuesta automática|fuera de la? oficina|resposta automática|fora do escritório|risposta automatica|fuori (?:sede|ufficio)|automatisch antwoord|afwezig|auto(?:matisk|matiskt)?[ -]?svar|automaattinen vastaus|automatyczna odpowied|poza biurem|automatická odpově|automatikus válasz|răspuns automat|otomatik yanıt|αυτόματη απάντηση|автоответ|автоматическ(?:ий|ое) (?:ответ|уведомл)|תשובה אוטומטית|מענה אוטומטי|رد تلقائي|자동 ?(?:회신|응답)|自動(?:応答|返信)|自动(?:答复|回复)|自動回覆|不在(?:通知|のお知らせ))/i;
const ANSWERING_FIELDS = [
  ...["x-autoreply", "x-autorespond", "x-autoresponder", "x-autoreply-from", "x-auto-reply-from", "x-mail-autoreply", "x-vacation"],
];

/** RFC 3834 §5, and what programs did before it. */
export function isAutoReply(header: Block): boolean {
  const submitted = firstOf(header, "auto-submitted") ?? "";
  if (/^auto-replied|^auto-generated\b.*\b(?:vacation|reply|response)/i.test(submitted)) return true;
  if (ANSWERING_FIELDS.some((name) => header.has(name))) return true;
  if (/^(?:auto_reply|auto-reply)$/i.test(firstOf(header, "precedence", "x-precedence") ?? "")) return true;
  return ANSWERED.test(firstOf(header, "subject") ?? "");
}

/** What guards of mailboxes ask of a stranger: to prove that a person wrote, before the message is let in. */
const CHALLENGED =
  /\b(?:allowed|approved|guest|white|safe)[ -]?(?:senders?)?[ -]?list\b|\bto ensure delivery of your (?:e-?mail|message)\b|\b(?:not a spammer|a real person|you are (?:a )?human)\b|\brelease your (?:e-?mail|message)\b/i;

/** A challenge: it speaks of the reader's message and wants a link followed or an answer. */
export function isChallenge(header: Block, notice: string): boolean {
  if (/^TMDA\b/i.test(firstOf(header, "x-delivery-agent") ?? "")) return true;
  const begins = notice.slice(0, CHALLENGE_WITHIN).replace(/\s+/g, " ");
  if (!/\byour (?:e-?mail|message)\b/i.test(begins)) return false;
  return CHALLENGED.test(begins) && /https?:\/\/|\breply to this\b/i.test(begins) && !header.has("list-unsubscribe");
}
const CHALLENGE_WITHIN = 3_000;

/** The return path of a report is empty: RFC 5321 §4.5.5. */
export function hasNullPath(header: Block): boolean {
  return firstOf(header, "return-path") === "<>";
}

/** Still being tried: the report is a warning. */
export function isDelay(header: Block, notice: string): boolean {
  const subject = firstOf(header, "subject") ?? "";
  if (/\b(?:delay|warning|still being retried)/i.test(subject)) return true;
  return /this is a warning only|you do not need to re-?send|will (?:be retried|keep trying|continue)|(?:delivery|message) (?:has been|is|was) delayed|no action is required on your part/i.test(
    notice,
  );
}

/** Whom the report is written to: never the recipient that failed. */
export function sendersOf(header: Block, original: Block | undefined): ReadonlySet<string> {
  const all = [...(header.get("to") ?? []), ...["from", "return-path", "sender"].flatMap((name) => original?.get(name) ?? [])];
  return new Set(all.flatMap((value) => addressIn(value)?.toLowerCase() ?? []));
}
