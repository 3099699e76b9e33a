/** What RFC 3463 §3 calls its codes: systems that have no words of their own write these, often with another code. */
import { type Rule, rowsFrom } from "../rule.ts";

export const CODE_NAMES: readonly Rule[] = rowsFrom("RFC 3463 §3", [
  {
    id: "code-name-recipient",
    class: "badrcpt",
    confidence: 0.85,
    says: ["destination mailbox address ambiguous|syntax", "destination mailbox has moved", "mailbox has moved no forwarding"],
    example: "5.1.4 Destination mailbox address ambiguous",
  },
  {
    id: "code-name-disabled",
    class: "suspended",
    confidence: 0.85,
    says: ["mailbox disabled not accepting messages"],
    example: "5.2.1 Mailbox disabled, not accepting messages",
  },
  {
    id: "code-name-size",
    class: "size",
    confidence: 0.9,
    says: ["message length exceeds administrative limit", "message too big for system"],
    example: "5.2.3 Message length exceeds administrative limit",
  },
  {
    id: "code-name-policy",
    class: "policy",
    confidence: 0.85,
    says: ["delivery not authorized message refused", "mailing list expansion problem|prohibited"],
    example: "5.7.1 Delivery not authorized, message refused",
  },
  {
    id: "code-name-media",
    class: "proto",
    confidence: 0.85,
    says: ["media error", "media not supported", "conversion required and|but", "conversion with loss", "wrong protocol version"],
    example: "5.6.1 Media not supported",
  },
  {
    id: "code-name-system",
    class: "sysbusy",
    confidence: 0.8,
    says: [
      "mail system full|congestion",
      "system not accepting network messages",
      "system incorrectly configured",
      "directory server failure",
    ],
    example: "4.3.2 System not accepting network messages",
  },
  {
    id: "code-name-network",
    class: "network",
    confidence: 0.85,
    says: ["no answer from host", "unable to route"],
    example: "4.4.1 No answer from host",
  },
]);
