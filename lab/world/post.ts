/**
 * Mail that receivers send by themselves: bounces and complaints. It goes by SMTP to whom the zone names for the domain,
 * and is tried again for a while, as any server would.
 */
import { exchangeOf } from "./directory.ts";
import type { Internet } from "./internet.ts";
import { domainOf } from "./letter.ts";
import type { Numbers } from "./numbers.ts";
import type { Mail, Source } from "./senders.ts";

export class Post {
  readonly #internet: Internet;
  readonly #numbers: Numbers["post"];
  /** By host and next hop; both are as many as the world has. */
  readonly #sources = new Map<string, Source>();
  #waiting = 0;
  #letters = 0;
  /** How its mail fared. */
  readonly counts = { sent: 0, refused: 0, givenUp: 0 };

  constructor(internet: Internet, numbers: Numbers["post"]) {
    this.#internet = internet;
    this.#numbers = numbers;
  }

  /** A fresh id for a message of the world's own. */
  nextId(what: string): string {
    return `${what}-${++this.#letters}`;
  }

  /** Sends this in a while, to one recipient, from the host of that name and address. Above its bound mail is dropped and counted. */
  send(host: { readonly name: string; readonly ip: string }, mail: Mail, afterMs: number): void {
    if (this.#waiting >= this.#numbers.waitingMost) {
      this.counts.givenUp++;
      return;
    }
    this.#waiting++;
    this.#later(host, mail, afterMs, this.#numbers.tries);
  }

  #later(host: { readonly name: string; readonly ip: string }, mail: Mail, ms: number, tries: number): void {
    this.#internet.clock.after(ms, () => {
      void this.#try(host, mail).then((fared) => {
        if (fared === "again" && tries > 1) return this.#later(host, mail, this.#numbers.againMs, tries - 1);
        this.#waiting--;
        this.counts[fared === "again" ? "givenUp" : fared]++;
      });
    });
  }

  async #try(host: { readonly name: string; readonly ip: string }, mail: Mail): Promise<"sent" | "refused" | "again"> {
    const to = exchangeOf(this.#internet.resolver.zone, domainOf(mail.recipients[0] ?? ""));
    if (to === undefined) return "refused";
    const told = await this.#source(host, to).send(mail);
    if (told.is === "refused") return told.reply.startsWith("5") ? "refused" : "again";
    return told.is === "taken" ? "sent" : "again";
  }

  #source({ name, ip }: { readonly name: string; readonly ip: string }, to: string): Source {
    const key = `${name} ${to}`;
    let source = this.#sources.get(key);
    if (source === undefined) {
      const network = this.#internet.network.ownerOf(ip) ?? this.#internet.network.machine(name, [ip]);
      source = this.#internet.sourceAt(network, { ip: to, port: 25 });
      this.#sources.set(key, source);
    }
    return source;
  }
}
