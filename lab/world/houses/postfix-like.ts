/** P: a small company's Postfix. Greylists whoever is new, by network, sender and recipient, and asks two blocklists at RCPT. */
import { domainOf } from "../letter.ts";
import { rangeOf } from "../lists/block-list.ts";
import type { ListName } from "../lists/lists.ts";
import type { Habit } from "../receivers.ts";
import { files, knowsMailboxes, PLAIN_WORDS } from "./mailbox-habits.ts";
import type { Premises } from "./premises.ts";

const LISTS: readonly ListName[] = ["fast", "reports"];
/** Triples remembered; then it begins anew. */
const TRIPLES_MOST = 100_000;

export function postfixLike(premises: Premises): readonly Habit[] {
  return [
    asksLists(premises),
    knowsMailboxes(premises, PLAIN_WORDS),
    greylistsByRange(premises.numbers.postfix),
    files(premises, { junk: ({ kind }) => kind === "spam" }),
  ];
}

function asksLists({ lists }: Premises): Habit {
  return {
    rcpt: (_, { ip }) => {
      const list = lists.naming(ip, LISTS);
      return (
        list && { say: `554 5.7.1 Service unavailable; Client host [${ip}] blocked using ${list.zone}; https://${list.zone}/?ip=${ip}` }
      );
    },
  };
}

function greylistsByRange({ greylistMs, greylistForgetsMs }: { readonly greylistMs: number; readonly greylistForgetsMs: number }): Habit {
  const firstSeen = new Map<string, number>();
  return {
    rcpt: (address, { ip, mailFrom, now }) => {
      const triple = `${rangeOf(ip)} ${mailFrom} ${address}`;
      let first = firstSeen.get(triple);
      if (first === undefined || now - first > greylistForgetsMs) {
        if (firstSeen.size >= TRIPLES_MOST) firstSeen.clear();
        firstSeen.set(triple, (first = now));
      }
      const say = `450 4.2.0 <${address}>: Recipient address rejected: Greylisted, see http://postgrey.schweikert.ch/help/${domainOf(address)}.html`;
      return now - first < greylistMs ? { say } : undefined;
    },
  };
}
