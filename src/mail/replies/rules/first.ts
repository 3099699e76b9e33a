import type { Rule } from "../rule.ts";
export const PHRASES: readonly Rule[] = [
  {
    id: "no-such-mailbox",
    class: "badrcpt",
    says: ["user|recipient|mailbox|address unknown", "no such user|mailbox|recipient", "unknown user|recipient|mailbox"],
    from: "RFC 5321",
    example: "550 5.1.1 User unknown",
  },
  {
    id: "mailbox-full",
    class: "full",
    says: ["mailbox is? full", "over quota", "quota exceeded"],
    from: "RFC 3463",
    example: "552 5.2.2 Mailbox full",
  },
  { id: "greylisted", class: "grey", says: ["greylist*", "graylist*"], from: "RFC 6647", example: "451 4.7.1 Greylisted" },
];
