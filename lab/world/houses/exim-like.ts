/** E: a web host's Exim. Refuses listed addresses by name of the list, asks the sender's own host whether there is such a sender. */
import { Dialogue } from "../dialogue.ts";
import { exchangeOf } from "../directory.ts";
import { limitsRecipients } from "../habits.ts";
import { domainOf } from "../letter.ts";
import type { ListName } from "../lists/lists.ts";
import type { Habit, Later, Reaction, Visit } from "../receivers.ts";
import { files, knowsMailboxes, PLAIN_WORDS } from "./mailbox-habits.ts";
import type { Premises } from "./premises.ts";

const LISTS: readonly ListName[] = ["fast", "forms"];
/** Senders whose answer is remembered; then it begins anew. */
const REMEMBERED_MOST = 50_000;

export function eximLike(premises: Premises): readonly Habit[] {
  const { lists, numbers } = premises;
  const callout = new Callout(premises);
  return [
    {
      rcpt: (_, { ip, helo }) => {
        const list = lists.naming(ip, LISTS);
        return (
          list && { say: `550 "JunkMail rejected - ${helo} (${helo}) [${ip}]:40000 is in an RBL, see https://${list.zone}/?ip=${ip}"` }
        );
      },
    },
    limitsRecipients(numbers.exim.recipientsMost),
    knowsMailboxes(premises, { ...PLAIN_WORDS, unknown: () => "550 No Such User Here" }),
    { rcpt: (_, visit) => callout.verifies(visit) },
    files(premises, { junk: ({ kind }) => kind === "spam" }),
  ];
}

/** Whether the sender's own mail host would take mail for it; what cannot be found out is a 451. */
type Known = "good" | "bad" | "unsure";

class Callout {
  readonly #premises: Premises;
  readonly #known = new Map<string, { readonly is: Known; readonly until: number }>();

  constructor(premises: Premises) {
    this.#premises = premises;
  }

  verifies({ mailFrom, now }: Visit): Reaction | Later | undefined {
    if (mailFrom === "") return undefined;
    const known = this.#known.get(mailFrom);
    if (known && known.until > now) return says(known.is);
    return { later: this.#ask(mailFrom).then(says) };
  }

  async #ask(sender: string): Promise<Known> {
    const { numbers, internet } = this.#premises;
    const ip = exchangeOf(internet.resolver.zone, domainOf(sender));
    const is = ip === undefined ? "bad" : await this.#dialogue(ip, sender);
    if (this.#known.size >= REMEMBERED_MOST) this.#known.clear();
    // What could not be found out is asked again the next time.
    if (is !== "unsure") this.#known.set(sender, { is, until: internet.clock.wall() + numbers.exim.calloutKeptMs });
    return is;
  }

  async #dialogue(ip: string, sender: string): Promise<Known> {
    const { host, internet, numbers } = this.#premises;
    const network = internet.network.ownerOf(host.ip);
    const connected = await network?.connect({ host: ip, port: 25, localAddress: host.ip, timeoutMs: numbers.exim.calloutMs });
    if (!connected?.ok) return "unsure";
    const dialogue = new Dialogue(connected.pipe, internet.clock);
    let reply = await dialogue.reply();
    for (const line of [`EHLO ${host.name}`, "MAIL FROM:<>", `RCPT TO:<${sender}>`])
      if (reply?.startsWith("2")) reply = await dialogue.ask(line);
    if (!dialogue.broken) await dialogue.ask("QUIT");
    connected.pipe.end();
    return reply?.startsWith("2") ? "good" : reply?.startsWith("5") ? "bad" : "unsure";
  }
}

function says(is: Known): Reaction | undefined {
  switch (is) {
    case "good":
      return undefined;
    case "bad":
      return { say: "550 Sender verify failed" };
    case "unsure":
      return { say: "451 Could not complete sender verify callout" };
  }
}
