/**
 * What an enhanced status code (RFC 3463) means to the person who wrote the message: why, and what they can do. The
 * codes are the ones receivers use in practice; a detail that is not listed falls back to its subject, then its class.
 */
export interface Words {
  /** A main clause that goes after "Why:". */
  readonly why: string;
  /** An imperative that goes after "What you can do:". */
  readonly remedy: string;
}

const CHECK = "check the spelling, or reach the person another way for the new address.";
const LATER = "send it again later, or reach the person another way.";
const THEIR_HOST = "tell the recipient another way that their mail server does not take mail; send it again later.";
const ASK_US = "show this message to whoever runs your mail server.";
const SMALLER = "send a smaller message, or put the file where the recipient can fetch it.";

const WORDS: Readonly<Record<string, Words>> = {
  "1": { why: "the address was refused.", remedy: CHECK },
  "1.1": { why: "the mailbox does not exist.", remedy: CHECK },
  "1.2": { why: "the domain of the address does not exist or takes no mail.", remedy: "check the part after the @ sign." },
  "1.3": { why: "the address is not written as an address must be.", remedy: "check the spelling." },
  "1.6": { why: "the mailbox has moved and left no new address.", remedy: "reach the person another way for the new address." },
  "1.7": { why: "your own address was refused: it is not written as an address must be.", remedy: ASK_US },
  "1.8": { why: "your own address was refused: its domain does not exist for them.", remedy: ASK_US },
  "1.10": { why: "the domain of the address takes no mail.", remedy: "check the part after the @ sign, or reach the person another way." },
  "2": { why: "the mailbox cannot take the message.", remedy: LATER },
  "2.1": { why: "the mailbox is switched off.", remedy: "reach the person another way." },
  "2.2": { why: "the mailbox is full.", remedy: LATER },
  "2.3": { why: "the message is larger than the mailbox takes.", remedy: SMALLER },
  "3": { why: "their mail server is in trouble.", remedy: LATER },
  "3.4": { why: "the message is larger than their mail server takes.", remedy: SMALLER },
  "4": { why: "their mail server could not be reached.", remedy: THEIR_HOST },
  "4.1": { why: "their mail server does not answer.", remedy: THEIR_HOST },
  "4.2": { why: "the connection to their mail server broke.", remedy: LATER },
  "4.3": { why: "the name service did not say where their mail server is.", remedy: LATER },
  "4.4": { why: "no mail server is known for the domain of the address.", remedy: "check the part after the @ sign." },
  "4.6": { why: "the message goes round in circles between mail servers.", remedy: ASK_US },
  "4.7": { why: "it could not be delivered in the time allowed.", remedy: LATER },
  "5": { why: "their mail server and ours did not understand each other.", remedy: ASK_US },
  "6": {
    why: "their mail server does not take the form in which the message is written.",
    remedy: "send it as plain text, without attachments.",
  },
  "6.3": { why: "their mail server takes no message in this form, and changing it would break its signature.", remedy: ASK_US },
  "6.7": {
    why: "their mail server takes no addresses with letters beyond plain ASCII.",
    remedy: "use an address in plain letters, if the person has one.",
  },
  "7": { why: "their mail server refused it by its rules.", remedy: ASK_US },
  "7.1": { why: "their mail server refused it by its rules.", remedy: ASK_US },
  "7.26": { why: "their mail server could not verify that your domain sent it.", remedy: ASK_US },
  "7.28": { why: "their mail server takes no more mail from us for now.", remedy: LATER },
};

const UNKNOWN: Words = { why: "their mail server refused it.", remedy: ASK_US };
const UNDECIDED: Words = { why: "their mail server did not take it yet.", remedy: LATER };

/** Words for a status such as `5.1.1`. */
export function wordsFor(status: string): Words {
  const [kind, subject, detail] = status.split(".");
  return WORDS[`${subject}.${detail}`] ?? WORDS[`${subject}`] ?? (kind === "4" ? UNDECIDED : UNKNOWN);
}
