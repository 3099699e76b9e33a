/** The answer to EHLO, and what of an extension may be used when: what is not offered is not accepted either. */
import type { Mechanism } from "./auth-exchange.ts";
import { formatLines } from "./reply-text.ts";
import type { ClientFacts, MailCommand } from "./server-host.ts";
import type { SessionOptions } from "./server-options.ts";

/** RFC 5321 §4.1.1.1. `xclient` tells a client that may use it. */
export function helloReply(options: SessionOptions, client: ClientFacts, xclient: boolean): string {
  if (!client.esmtp) return `250 ${options.hostname}\r\n`;
  const { offers, limits } = options;
  const lines = [options.hostname, "PIPELINING", `SIZE ${limits.content}`];
  if (options.tls !== "none" && client.tls === undefined) lines.push("STARTTLS"); // gone once TLS is on, RFC 3207 §4.2
  const mechanisms = mechanismsNow(options, client);
  if (mechanisms.length > 0) lines.push(`AUTH ${mechanisms.join(" ")}`);
  lines.push("ENHANCEDSTATUSCODES");
  if (offers.eightBit) lines.push("8BITMIME");
  if (offers.smtpUtf8) lines.push("SMTPUTF8");
  if (offers.dsn) lines.push("DSN");
  if (offers.chunking) lines.push("CHUNKING");
  if (offers.chunking && offers.binaryMime) lines.push("BINARYMIME");
  if (offers.requireTls && client.tls !== undefined) lines.push("REQUIRETLS");
  if (xclient) lines.push("XCLIENT NAME ADDR PORT PROTO HELO LOGIN DESTADDR DESTPORT");
  lines.push("HELP");
  return formatLines(250, lines);
}

/** The mechanisms this client may use at this moment. */
export function mechanismsNow(options: SessionOptions, client: ClientFacts): readonly Mechanism[] {
  const allowed = options.auth === "always" || (options.auth === "tls-only" && client.tls !== undefined);
  return allowed ? options.mechanisms : [];
}

/** Whether MAIL uses an extension that was not offered: RFC 5321 §4.1.1.11 has 555 for it. */
export function usesUnoffered(mail: MailCommand, { offers }: SessionOptions, client: ClientFacts): boolean {
  return (
    (mail.smtpUtf8 && !offers.smtpUtf8) ||
    (mail.body === "8bit" && !offers.eightBit) ||
    (mail.body === "binary" && !(offers.chunking && offers.binaryMime)) ||
    ((mail.ret !== undefined || mail.envid !== undefined) && !offers.dsn) ||
    (mail.requireTls && !(offers.requireTls && client.tls !== undefined))
  );
}
