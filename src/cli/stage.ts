/**
 * Where commands are tried: an invented Tuesday's mail, a terminal that is read, and golden files. For tests. Rewrite
 * the files with `FAIRLEAD_REWRITE=1` and review the diff.
 */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { type Clock, systemClock, type WallMs } from "../base/clock.ts";
import { MEMORY_NOW, MemoryNode } from "../control/api/memory-node.ts";
import { idOf, type MessageKey } from "../model/ids.ts";
import { runCli } from "./cli.ts";
import type { Terminal } from "./terminal.ts";

/** Time stands still. */
export const STILL: Clock = { ...systemClock, wall: () => MEMORY_NOW, mono: () => 0 as never };

export const at = (minutesAgo: number, ms = 0): WallMs => (MEMORY_NOW - minutesAgo * 60_000 + ms) as WallMs;
const attempt = {
  host: "gmail-smtp-in.l.google.com",
  ip: "192.0.2.26",
  stage: "dot",
  times: { dns: 22, connect: 61, tls: 94, mail: 348, dot: 1280 },
  nth: 1,
} as const;
/** Names that golden files have for ids, which differ from run to run. */
export const ids: Record<string, string> = {};

/** One invented Tuesday: a message queued after a 421, one delivered, a group held, one to many, one bounced. */
export function tuesday(made = new MemoryNode()): MemoryNode {
  const keep = (name: string, key: MessageKey): void => void (ids[name] = idOf(key, made.number));
  const reply421 = { code: 421, enhanced: "4.7.28", text: "unusual rate of mail" };
  const queued = made.add({
    ...{ acceptedAt: at(42), from: "billing@hotel-lux.example", sender: "wp@hotel-lux", source: "srv12" },
    to: [{ address: "j.doe@gmail.com", state: "queued", due: at(-1), why: "421 4.7.28 unusual rate of mail" }],
    events: [
      { at: at(42, 2000), rcpt: 0, body: { kind: "deferred", attempt, reply: reply421, dueAt: at(-1), attempts: 1, counted: true } },
    ],
  });
  keep("QUEUED", queued);
  const delivered = made.add({
    ...{ acceptedAt: at(3), from: "anna@kanzlei-m.example", sender: "anna@srv3", source: "srv3" },
    to: [{ address: "k.roth@gmail.com", state: "settled" }],
    events: [
      {
        at: at(3, 1840),
        rcpt: 0,
        body: {
          kind: "delivered",
          attempt: { ...attempt, dialogue: "S: 220 gmail ready\nC: EHLO relay.example.net\nS: 250 hello" },
          reply: { code: 250, enhanced: "2.0.0", text: "OK" },
          possiblyTwice: false,
        },
      },
      {
        at: at(1),
        rcpt: 0,
        body: { kind: "returned", what: "failed", from: "gmail.com", status: "5.1.1", diagnostic: "550 5.1.1 no such user" },
      },
    ],
  });
  keep("DELIVERED", delivered);
  keep("REFUSED", refusal(made));
  const bounced = made.add({
    ...{ acceptedAt: at(4), from: "info@shopking.example", sender: "info@shopking", source: "srv3" },
    to: [{ address: "bbo@gmail.com", state: "settled" }],
    events: [
      {
        at: at(4, 900),
        rcpt: 0,
        body: {
          kind: "bounced",
          attempt,
          reply: { code: 550, enhanced: "5.1.1", text: "no such mailbox" },
          why: "refused",
          dsn: "sent",
          by: { kind: "dispatch", id: "retry" },
        },
      },
    ],
  });
  keep("BOUNCED", bounced);
  for (let i = 0; i < 3; i++) {
    const key = made.add({
      ...{ acceptedAt: at(21, i), from: "shop3@shop.example", sender: "shop3@srv7", source: "srv7" },
      to: [{ address: `p.lee${i}@gmail.com`, state: "held", why: "shop3@srv7 looks taken over since 10:31" }],
      events: [
        {
          at: at(21, i),
          rcpt: 0,
          body: { kind: "held", why: "shop3@srv7 looks taken over since 10:31", by: { kind: "policy", id: "takeover" } },
        },
      ],
    });
    keep(`HELD${i}`, key);
  }
  const many = made.add({
    ...{ acceptedAt: at(1), from: "", sender: "srv3", source: "srv3" },
    to: [
      { address: "a@example.org", state: "queued" },
      { address: "b@example.org", state: "queued" },
      { address: "c@example.net", state: "settled" },
    ],
    events: [
      {
        at: at(0, -500),
        rcpt: 2,
        body: { kind: "relayed", attempt: { ...attempt, host: "ses-eu" }, reply: { code: 250, text: "queued" }, possiblyTwice: true },
      },
    ],
  });
  keep("MANY", many);
  made.open.sort((a, b) => a.ref.message - b.ref.message || a.ref.rcpt - b.ref.rcpt);
  return made;
}

/** A message that was never taken: its one event is the refusal. */
function refusal(made: MemoryNode): MessageKey {
  const key = made.add({
    ...{ acceptedAt: at(6), from: "max@shop.example", sender: "max@srv3", source: "srv3" },
    to: [{ address: "ann@gmail.com", state: "settled" }],
    events: [
      {
        at: at(6),
        rcpt: 0,
        body: {
          ...{
            kind: "refused",
            peer: "192.0.2.3",
            source: "srv3",
            sender: "max@srv3",
            mailFrom: "max@shop.example",
            rcptTo: "ann@gmail.com",
          },
          ...{ reply: { code: 550, enhanced: "5.7.1", text: "FL-5203 sending is locked for this account" }, code: "FL-5203" },
        },
      },
    ],
  });
  made.happened.splice(-2, 1);
  return key;
}

export interface Look {
  readonly width?: number;
  readonly colour?: boolean;
  readonly unicode?: boolean;
  readonly stdin?: string;
  readonly signal?: AbortSignal;
  /** Someone sits at the input. */
  readonly person?: boolean;
  /** What that someone types unseen, line by line. */
  readonly unseen?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly clock?: Clock;
}

export interface Said {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

/** A command as ann types it on the machine of the node in this folder. */
export async function typed(words: readonly string[], folder: string, look: Look = {}): Promise<Said> {
  let [out, err] = ["", ""];
  const unseen = [...(look.unseen ?? [])];
  const terminal: Terminal = {
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    flushed: async () => {},
    stdin: (async function* () {
      yield Buffer.from(look.stdin ?? "");
    })(),
    hidden: async (prompt) => {
      err += `${prompt}\n`;
      return unseen.shift() ?? "";
    },
    outIsTerminal: look.width !== undefined,
    inIsTerminal: look.person ?? false,
    width: () => look.width ?? Number.POSITIVE_INFINITY,
    colour: look.colour ?? false,
    unicode: look.unicode ?? true,
    env: { FAIRLEAD_DATA: folder, ...look.env },
    zone: "Europe/Berlin",
    clock: look.clock ?? STILL,
    user: "ann",
  };
  const exit = await runCli(words, terminal, look.signal ?? new AbortController().signal);
  return { exit, out, err };
}

/** A line as typed: what quotes hold together is one word, and a name such as QUEUED stands for its id. */
export function wordsOf(line: string): readonly string[] {
  return [...line.matchAll(/(?:[^\s"]|"[^"]*")+/g)].map(([word]) =>
    word.replaceAll('"', "").replace(/^[A-Z]+\d?(?=\.\d|$)/, (id) => ids[id] ?? id),
  );
}

/** Compares with a file; what differs from run to run has its name in it instead. */
export function golden(name: string, said: string, folder: string): void {
  // How sure a reading is belongs to the tests of the readings.
  let text = said.replaceAll(folder, "DATA").replace(/sure 0\.\d\d/g, "sure 0.00");
  for (const [word, id] of Object.entries(ids)) text = text.replaceAll(id, word.padEnd(16, "*"));
  const file = new URL(`golden/${name}.txt`, import.meta.url);
  if (process.env["FAIRLEAD_REWRITE"]) writeFileSync(file, text);
  assert.equal(text, readFileSync(file, "utf8"), `golden/${name}.txt`);
}

export function saidText({ exit, out, err }: Said): string {
  return `exit ${exit}\n--- stdout\n${out}--- stderr\n${err}`;
}
