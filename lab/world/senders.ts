/**
 * Simulated servers that hand their mail over to the node under test, with an SMTP client of their own. What a source
 * was told is the yardstick: a message is the node's responsibility from the moment that its 250 arrives here.
 */
import type { Clock } from "../../src/base/clock.ts";
import type { Endpoint, Network } from "../../src/base/network.ts";
import type { Chronicle } from "./chronicle.ts";
import { Dialogue } from "./dialogue.ts";

export interface Mail {
  /** Carried in the header field X-Lab-Id; a receiver's mailbox is searched by it. */
  readonly id: string;
  readonly mailFrom: string;
  /** In the header's From field, if it is another: reports have no sender in their envelope. */
  readonly from?: string;
  readonly recipients: readonly string[];
  /** After MAIL's and RCPT's address: ` BODY=8BITMIME`, ` NOTIFY=SUCCESS`. */
  readonly mailParameters?: string;
  readonly rcptParameters?: string;
  /** Lines of text after the header, without line ends. */
  readonly body?: readonly string[];
  /** Header fields besides the usual ones; a Content-Type of its own makes the body a report. */
  readonly fields?: readonly string[];
  /** The source's machine fails at this point, halfway through the content for `content`. */
  readonly dies?: "before content" | "content";
}

export type HandOver =
  /** `refused`: recipients that got no 250. */
  | { readonly is: "taken"; readonly reply: string; readonly refused: ReadonlyMap<string, string> }
  | { readonly is: "refused"; readonly reply: string }
  /** The connection broke; the node may have the message if `dot` was sent. */
  | { readonly is: "lost"; readonly dot: boolean };

export interface SourcePorts {
  readonly clock: Clock;
  readonly chronicle: Chronicle;
  readonly network: Network;
}

export class Source {
  readonly name: string;
  readonly #ports: SourcePorts;
  readonly #to: Endpoint;

  constructor(name: string, ports: SourcePorts, to: Endpoint) {
    this.name = name;
    this.#ports = ports;
    this.#to = to;
  }

  /** Hands over one message on a connection of its own. */
  async send(mail: Mail): Promise<HandOver> {
    const [result] = await this.sendAll([mail]);
    return result ?? { is: "lost", dot: false };
  }

  /** Hands over messages one after another on one connection; what comes after a loss is lost, too. */
  async sendAll(mails: readonly Mail[]): Promise<HandOver[]> {
    const results: HandOver[] = [];
    const connected = await this.#ports.network.connect({ host: this.#to.ip, port: this.#to.port, timeoutMs: 30_000 });
    if (connected.ok) {
      const dialogue = new Dialogue(connected.pipe, this.#ports.clock);
      const banner = await dialogue.reply();
      if (banner?.startsWith("220") && (await dialogue.ask(`EHLO ${this.name}`))?.startsWith("250"))
        for (const mail of mails) {
          const result = await this.#hand(dialogue, mail);
          results.push(result);
          if (result.is === "lost") break;
        }
      if (!dialogue.broken) await dialogue.ask("QUIT");
      connected.pipe.end();
    }
    while (results.length < mails.length) results.push({ is: "lost", dot: false });
    mails.forEach((mail, n) => {
      const result = results[n];
      this.#ports.chronicle.note(
        this.name,
        `${mail.id} ${result?.is === "lost" ? `lost${result.dot ? " past the dot" : ""}` : `${result?.is}: ${result?.reply}`}`,
      );
    });
    return results;
  }

  async #hand(dialogue: Dialogue, mail: Mail): Promise<HandOver> {
    const from = await dialogue.ask(`MAIL FROM:<${mail.mailFrom}>${mail.mailParameters ?? ""}`);
    if (from === undefined) return { is: "lost", dot: false };
    if (!from.startsWith("2")) return { is: "refused", reply: from };
    const refused = new Map<string, string>();
    for (const recipient of mail.recipients) {
      const reply = await dialogue.ask(`RCPT TO:<${recipient}>${mail.rcptParameters ?? ""}`);
      if (reply === undefined) return { is: "lost", dot: false };
      if (!reply.startsWith("2")) refused.set(recipient, reply);
    }
    if (refused.size === mail.recipients.length) {
      await dialogue.ask("RSET");
      return { is: "refused", reply: [...refused.values()][0] ?? "" };
    }
    const data = await dialogue.ask("DATA");
    if (data === undefined) return { is: "lost", dot: false };
    if (!data.startsWith("354")) return { is: "refused", reply: data };
    if (mail.dies !== undefined) {
      await dialogue.die(mail.dies === "content" ? contentOf(mail).slice(0, contentOf(mail).length / 2) : "");
      return { is: "lost", dot: false };
    }
    const end = await dialogue.ask(`${contentOf(mail)}.`);
    if (end === undefined) return { is: "lost", dot: true };
    return end.startsWith("2") ? { is: "taken", reply: end, refused } : { is: "refused", reply: end };
  }
}

/** The message as it travels, dots stuffed, ending in CRLF. */
function contentOf(mail: Mail): string {
  const to = mail.recipients.slice(0, 3).join(", ");
  const lines = [
    `From: <${mail.from ?? mail.mailFrom}>`,
    `To: ${to}`,
    `Subject: lab ${mail.id}`,
    `Message-ID: <${mail.id}@lab.example>`,
    `X-Lab-Id: ${mail.id}`,
    ...(mail.fields ?? []),
    "",
    ...(mail.body ?? ["hello"]),
  ];
  return lines.map((line) => `${line.startsWith(".") ? "." : ""}${line}\r\n`).join("");
}
