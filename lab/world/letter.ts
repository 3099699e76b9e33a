/** A message as a receiver reads it, and what the world knows of it: its makers write what it truly is into X-Lab-Kind. */
import type { Taken } from "./receivers.ts";

/** Wanted mail of people and programs, letters that were asked for, and what nobody asked for. */
export type LetterKind = "person" | "app" | "bulk" | "forwardedSpam" | "spam";
const KINDS: ReadonlySet<string> = new Set<LetterKind>(["person", "app", "bulk", "forwardedSpam", "spam"]);

export interface Letter {
  readonly kind: LetterKind;
  /** With its line ends, up to and without the empty line. */
  readonly header: string;
  readonly messageId: string;
  /** Of its DKIM signature, else of its From field, else of its envelope. */
  readonly domain: string;
  readonly signed: boolean;
  /** Hosts of the links in it. */
  readonly hosts: readonly string[];
}

/** Of the body, that links are looked for in. */
const LOOKED_AT = 20_000;

export function readLetter({ content, mailFrom }: Taken): Letter {
  const text = content.toString("latin1", 0, LOOKED_AT);
  const end = text.indexOf("\r\n\r\n");
  const header = end < 0 ? text : text.slice(0, end + 2);
  const signer = /\bd=([a-z0-9.-]+)/i.exec(field(header, "DKIM-Signature"))?.[1];
  const kind = field(header, "X-Lab-Kind");
  const from = /@([a-z0-9.-]+)/i.exec(field(header, "From"))?.[1];
  return {
    kind: isKind(kind) ? kind : "person",
    header,
    messageId: field(header, "Message-ID"),
    domain: (signer ?? from ?? domainOf(mailFrom)).toLowerCase(),
    signed: signer !== undefined,
    hosts: [...new Set([...text.matchAll(/https?:\/\/([a-z0-9.-]+)/gi)].map(([, host = ""]) => host.toLowerCase()))],
  };
}

export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf("@") + 1).toLowerCase();
}

export function localPartOf(address: string): string {
  return address.slice(0, Math.max(0, address.lastIndexOf("@"))).toLowerCase();
}

/** Unfolded; the first of that name. */
function field(header: string, name: string): string {
  const found = new RegExp(`^${name}:((?:.|\\r\\n[ \\t])*)`, "im").exec(header)?.[1] ?? "";
  return found.replace(/\r\n/g, "").trim();
}

function isKind(text: string): text is LetterKind {
  return KINDS.has(text);
}
