/**
 * What Fairlead's own reply codes mean: `FL-` and four digits, the first as in SMTP, the second the part concerned
 * (0 us, 1 login and source, 2 standing, 3 content, 4 recipient, 5 form and size, 6 domain and alignment). Never reused.
 */
export interface CodeMeaning {
  readonly code: string;
  readonly means: string;
  /** Who can do something about it … */
  readonly who: "you" | "sender" | "nobody";
  /** … and what: a verb first. */
  readonly fix: string;
  /** Until when it lasts. */
  readonly lasts: string;
  /** The meaning in the middle of a sentence, SENDER being who it is about. Absent: `means` does. */
  readonly clause?: string;
}

type Row = Omit<CodeMeaning, "code">;

/** `you` is the operator who reads: a tenant is told to ask. */
const MEANINGS: Readonly<Record<string, Row>> = {
  "FL-4001": {
    means: "The disk is nearly full; the sending server keeps its mail and tries again.",
    who: "you",
    fix: "free space in the data folder's file system; intake opens by itself",
    lasts: "until there is room: 2 GB or 5 % of the disk, whichever is more",
    clause: "the disk was nearly full",
  },
  "FL-4002": {
    means: "Mail could not be stored on disk; the sending server keeps it and tries again.",
    who: "you",
    fix: "look at fairlead status --needs and at the disk",
    lasts: "until the disk takes what is written",
    clause: "mail could not be stored",
  },
  "FL-4003": {
    means: "The node has too much open at once; the sending server tries again.",
    who: "nobody",
    fix: "if it lasts, raise the connection limits in the configuration",
    lasts: "seconds, as a rule",
    clause: "the node had too much open at once",
  },
  "FL-4004": {
    means: "The node is stopping; the sending server tries again.",
    who: "nobody",
    fix: "it is over when the node runs again",
    lasts: "until it is started again",
    clause: "the node was stopping",
  },
  "FL-4021": {
    means: "The cluster could not copy the mail to a second node; the sending server tries again.",
    who: "you",
    fix: "bring the other node back",
    lasts: "until a second node answers",
    clause: "the mail could not be copied to a second node",
  },
  "FL-5101": {
    means: "User or password was wrong.",
    who: "sender",
    fix: "check the login; a new one: fairlead source add NAME --login USER",
    lasts: "until the login is right",
    clause: "user or password was wrong",
  },
  "FL-5102": {
    means: "The address may not send without a login.",
    who: "sender",
    fix: "log in, or let the operator allow the address: fairlead source add NAME --range CIDR",
    lasts: "until it logs in or is allowed",
    clause: "it did not log in",
  },
  "FL-5103": {
    means: "The address may not send through this server.",
    who: "you",
    fix: "if it should: fairlead source add NAME --range CIDR",
    lasts: "until it is allowed",
    clause: "its address may not send through this server",
  },
  "FL-5203": {
    means: "Sending is locked for this account.",
    who: "you",
    fix: "unlock after the password is changed",
    lasts: "until it is unlocked",
    clause: "SENDER is locked",
  },
  "FL-5301": {
    means: "The content was refused as spam.",
    who: "sender",
    fix: "ask the operator, with the reference in the reply, if it is not spam",
    lasts: "for messages like this one",
  },
  "FL-5401": {
    means: "The recipient is suppressed: its own server said that the address does not exist, so it is not written to.",
    who: "sender",
    fix: "correct the address; if it is right: fairlead suppressions remove ADDRESS",
    lasts: "30 days, then it is tried once more",
    clause: "the address does not exist, as its server said before",
  },
  "FL-5402": {
    means: "The recipient's domain takes no mail (it says so in DNS).",
    who: "sender",
    fix: "reach the person another way",
    lasts: "as long as the domain's owner says so",
    clause: "the domain takes no mail",
  },
  "FL-5403": {
    means: "The recipient's address has no domain.",
    who: "sender",
    fix: "write the address with its domain",
    lasts: "until it is written so",
    clause: "the address has no domain",
  },
  "FL-5404": {
    means: "The recipient is suppressed: its reader complained or asked to be left alone.",
    who: "sender",
    fix: "take the address off your list",
    lasts: "until the address is taken off: fairlead suppressions remove ADDRESS",
    clause: "its reader asked not to be written to",
  },
  "FL-5405": {
    means: "The recipient is suppressed: it stands on the tenant's own list of addresses not to be written to.",
    who: "sender",
    fix: "take the address off your list; if it should be written to: fairlead suppressions remove ADDRESS",
    lasts: "until it is removed or its entry ends",
    clause: "the address is on the list of those not to be written to",
  },
  "FL-5406": {
    means: "The return path, to which reports about a message go, has expired.",
    who: "nobody",
    fix: "reports so late are not taken; the message's story stands as it is",
    lasts: "for ever: each message has its own return path",
    clause: "the return path has expired",
  },
  "FL-5407": {
    means: "A report came about a message of which nothing is known any more.",
    who: "nobody",
    fix: "its details were deleted after their retention",
    lasts: "for ever",
    clause: "nothing is known any more of the message it is about",
  },
  "FL-5408": {
    means: "The recipient is suppressed: its own server said that the mailbox is out of use, so it is not written to.",
    who: "sender",
    fix: "reach the person another way; if the mailbox is in use again: fairlead suppressions remove ADDRESS",
    lasts: "30 days, then it is tried once more",
    clause: "the mailbox is out of use, as its server said before",
  },
  "FL-5501": {
    means: "The message is larger than this server takes.",
    who: "sender",
    fix: "send a link instead, or let the operator raise the limit in the configuration",
    lasts: "for messages of this size",
    clause: "the message is larger than this server takes",
  },
  "FL-5502": {
    means: "The message has a bare line feed, which other servers could read as the end of a message.",
    who: "sender",
    fix: "repair the program that wrote it: lines end in CR LF",
    lasts: "until the program is repaired",
    clause: "the message has a bare line feed",
  },
  "FL-5503": {
    means: "The message was here before or went through too many servers: a loop.",
    who: "you",
    fix: "look for a forward that leads back to its own start",
    lasts: "until the loop is cut",
    clause: "the message goes round in circles",
  },
  "FL-5504": {
    means: "No recipient of the message was accepted.",
    who: "sender",
    fix: "see the replies to each recipient",
    lasts: "for this message",
    clause: "none of its recipients was accepted",
  },
  "FL-5601": {
    means: "The domain in From: is not this sender's.",
    who: "sender",
    fix: "use a domain that the operator has set up for this account",
    lasts: "until the domain is set up or another one is used",
    clause: "the domain in From: is not SENDER's",
  },
};

export const CODES: readonly CodeMeaning[] = Object.entries(MEANINGS).map(([code, row]) => ({ code, ...row }));

/** The first code of ours in any text, if it is one that exists. */
export function findCode(text: string): CodeMeaning | undefined {
  const found = /\bFL-(\d{4})\b/i.exec(text)?.[1];
  const row = found === undefined ? undefined : MEANINGS[`FL-${found}`];
  return row === undefined ? undefined : { code: `FL-${found}`, ...row };
}

export function codeText({ code, means, who, fix, lasts }: CodeMeaning): string {
  const can = who === "you" ? "You: " : who === "sender" ? "Sender: " : "Nothing to do: ";
  return `${code}  ${means}\n  ${can}${fix}\n  How long: ${lasts}\n`;
}
