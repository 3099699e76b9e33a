/** After a crash: was everything acknowledged delivered, whole, and is every second copy one that the program owned up to? */
import assert from "node:assert/strict";
import type { Program } from "../outside/program.ts";
import type { Received } from "../outside/sink.ts";
import type { Sent } from "./mail-source.ts";

export interface Tally {
  readonly acknowledged: number;
  readonly deliveries: number;
  readonly copies: number;
}

/** @throws an assertion that names the first messages lost, changed or doubled without a word. */
export async function account(program: Program, sent: ReadonlyMap<string, Sent>, received: readonly Received[]): Promise<Tally> {
  const copies = new Map<string, Received[]>();
  for (const message of received) {
    for (const to of message.rcpts) copies.set(to, [...(copies.get(to) ?? []), message]);
  }
  const lost: string[] = [];
  const changed: string[] = [];
  let acknowledged = 0;
  for (const message of sent.values()) {
    for (const to of message.to) {
      const came = copies.get(to) ?? [];
      if (message.id !== undefined) acknowledged++;
      if (message.id !== undefined && came.length === 0) lost.push(`${message.id} for ${to}`);
      if (came.some(({ content }) => !content.toString("latin1").endsWith(message.content))) changed.push(to);
    }
  }
  const silent: string[] = [];
  let doubled = 0;
  for (const [to, came] of copies) {
    if (came.length < 2) continue;
    doubled += came.length - 1;
    const id = idIn(came[0] as Received);
    const told = (await program.story(id)).recipients.find((recipient) => recipient.to === to);
    if (told?.now.possiblyTwice !== true) silent.push(`${id} for ${to} came ${came.length} times: ${told?.line}`);
  }
  assert.deepEqual(lost.slice(0, 10), [], `${lost.length} acknowledged deliveries were lost`);
  assert.deepEqual(changed.slice(0, 10), [], `${changed.length} contents changed on the way`);
  assert.deepEqual(silent.slice(0, 10), [], `${silent.length} came twice without being marked`);
  return { acknowledged, deliveries: [...copies.values()].flat().length, copies: doubled };
}

/** Our id in the topmost Received field. */
function idIn(message: Received): string {
  const id = /\bid\s+([0-9A-Z]{16})\b/.exec(message.content.toString("latin1", 0, 2000))?.[1];
  assert.ok(
    id,
    `no id in the Received field of ${message.mailFrom} to ${message.rcpts.join()}: ${message.content.toString("latin1").slice(0, 1500)}`,
  );
  return id;
}

interface Ledger {
  readonly balances: boolean;
  readonly drift: readonly string[];
  readonly tenants: readonly { readonly events: Readonly<Record<string, number>> & { readonly accepted: number } }[];
}

/** The ledger's two counts agree, and all that was accepted is in one state. */
export async function assertBalanced(program: Program): Promise<void> {
  const ledger = (await program.api("/api/v1/ledger")) as Ledger;
  assert.deepEqual(ledger.drift, []);
  assert.ok(ledger.balances);
  const { counts } = await program.status();
  const { accepted, ...states } = counts;
  assert.equal(
    accepted,
    Object.values(states).reduce((sum, count) => sum + count, 0),
    `the states of ${JSON.stringify(counts)} do not add up`,
  );
}
