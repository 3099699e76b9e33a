/**
 * What Fairlead's own reply codes mean: `FL-` and four digits, the first as in SMTP, the second the part concerned
 * (0 us, 1 login and source, 2 standing, 3 content, 4 recipient, 5 form and size, 6 domain). Never reused.
 */
export interface CodeMeaning {
  readonly code: string;
  readonly means: string;
  /** Who can do something about it, and what. */
  readonly who: "you" | "sender" | "nobody";
  readonly fix: string;
}

const row = (code: string, means: string, who: CodeMeaning["who"], fix: string): CodeMeaning => ({ code, means, who, fix });

export const CODES: readonly CodeMeaning[] = [
  row(
    "FL-4001",
    "The disk is nearly full; the sending server keeps its mail and tries again.",
    "you",
    "free space in the data folder's file system; intake opens by itself",
  ),
  row(
    "FL-4002",
    "Mail could not be stored on disk; the sending server keeps it and tries again.",
    "you",
    "look at fairlead status --needs and at the disk",
  ),
  row(
    "FL-4003",
    "The node has too much open at once; the sending server tries again.",
    "nobody",
    "if it lasts, raise the connection limits in the configuration",
  ),
  row("FL-4004", "The node is stopping; the sending server tries again.", "nobody", "it is over when the node runs again"),
  row(
    "FL-4021",
    "The cluster could not copy the mail to a second node; the sending server tries again.",
    "you",
    "bring the other node back",
  ),
  row("FL-5101", "User or password was wrong.", "sender", "check the login; a new one: fairlead source add NAME --login USER"),
  row(
    "FL-5102",
    "The address may not send without a login.",
    "sender",
    "log in, or let the operator allow the address: fairlead source add NAME --range CIDR",
  ),
  row("FL-5103", "The address may not send through this server.", "you", "if it should: fairlead source add NAME --range CIDR"),
  row("FL-5203", "Sending is locked for this account.", "you", "unlock it after its password is changed"),
  row("FL-5301", "The content was refused as spam.", "sender", "ask the operator with the reference in the reply"),
  row("FL-5401", "The recipient does not exist.", "sender", "correct the address"),
  row("FL-5402", "The recipient's domain takes no mail (it says so in DNS).", "sender", "reach the person another way"),
  row("FL-5403", "The recipient's address has no domain.", "sender", "write the address with its domain"),
  row("FL-5501", "The message is larger than this server takes.", "sender", "send a link instead, or raise the limit in the configuration"),
  row(
    "FL-5502",
    "The message has a bare line feed, which other servers could read as the end of a message.",
    "sender",
    "repair the program that wrote it: lines end in CR LF",
  ),
  row(
    "FL-5503",
    "The message was here before or went through too many servers: a loop.",
    "you",
    "look for a forward that leads back to its own start",
  ),
  row("FL-5504", "No recipient of the message was accepted.", "sender", "see the replies to each recipient"),
  row("FL-5601", "The domain in From: is not this sender's.", "sender", "use a domain that the operator has set up for this account"),
];

/** The first known code in any text. */
export function findCode(text: string): CodeMeaning | undefined {
  const found = /\bFL-(\d{4})\b/i.exec(text)?.[1];
  return found === undefined ? undefined : CODES.find(({ code }) => code === `FL-${found}`);
}

export function codeText({ code, means, who, fix }: CodeMeaning): string {
  const can = who === "you" ? "You: " : who === "sender" ? "Sender: " : "Nothing to do: ";
  return `${code}  ${means}\n  ${can}${fix}\n`;
}
