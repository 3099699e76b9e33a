/** What a receiver's answer to EHLO says it can do (RFC 5321 §4.1.1.1). Unknown words are skipped. */
import type { Capabilities } from "./client.ts";

/** After HELO, or before any greeting. */
export const NO_CAPABILITIES: Capabilities = {
  pipelining: false,
  size: "not offered",
  eightBit: false,
  smtpUtf8: false,
  chunking: false,
  binaryMime: false,
  dsn: false,
  startTls: false,
  enhanced: false,
  requireTls: false,
  auth: [],
};

/** `lines`: the texts of the 250 lines; the first is the greeting. */
export function readCapabilities(lines: readonly string[]): Capabilities {
  const offered = new Map<string, string>();
  const auth = new Set<string>();
  for (const line of lines.slice(1)) {
    const [word = "", ...rest] = line
      .trim()
      .toUpperCase()
      .split(/[ \t]+/);
    offered.set(word, rest[0] ?? "");
    if (word === "AUTH") for (const mechanism of rest) auth.add(mechanism);
    // The form of servers older than RFC 2554, still sent beside the right one.
    else if (word.startsWith("AUTH=")) for (const mechanism of [word.slice(5), ...rest]) auth.add(mechanism);
  }
  return {
    pipelining: offered.has("PIPELINING"),
    size: readSize(offered.get("SIZE")),
    eightBit: offered.has("8BITMIME"),
    smtpUtf8: offered.has("SMTPUTF8"),
    chunking: offered.has("CHUNKING"),
    binaryMime: offered.has("BINARYMIME"),
    dsn: offered.has("DSN"),
    startTls: offered.has("STARTTLS"),
    enhanced: offered.has("ENHANCEDSTATUSCODES"),
    requireTls: offered.has("REQUIRETLS"),
    auth: [...auth].filter((mechanism) => mechanism !== ""),
  };
}

/** RFC 1870 §4: no number, or 0, means no fixed limit. */
function readSize(parameter: string | undefined): Capabilities["size"] {
  if (parameter === undefined) return "not offered";
  const octets = /^\d{1,15}$/.test(parameter) ? Number(parameter) : 0;
  return octets > 0 ? octets : "unlimited";
}
