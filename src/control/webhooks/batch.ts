/**
 * What a webhook is told next: events after its cursor, in order, as many as fit in one request. It is read from the
 * journal each time, so what waits for a receiver waits there and takes no memory.
 */
import type { FairleadEvent } from "../../model/event.ts";
import type { MessageKey, TenantId } from "../../model/ids.ts";
import { EVERYTHING, type View } from "../../model/view.ts";
import { eventRow } from "../api/event-row.ts";
import type { NodeFace } from "../api/node-face.ts";
import { eventsSeen } from "../api/tenant-sees.ts";

export const MOST_EVENTS = 100;
export const MOST_BYTES = 256 * 1024;
/** Events of one reading where most may be for others; pages of one call, after which it is others' turn. */
const PAGE = 500;
const MOST_PAGES = 20;
/** Whose a message is, from when it was accepted; the one known longest is forgotten first. */
const MOST_TENANTS = 20_000;

/** Whose events, and which. */
export interface Scope {
  readonly view: View;
  /** Empty: all. */
  readonly kinds: readonly string[];
}

export interface Gap {
  readonly from: number;
  readonly to: number;
}

export interface Batch {
  readonly body: Uint8Array;
  /** The cursor once it is taken. */
  readonly through: number;
  /** Events that are not kept any more; told in it. */
  readonly gap?: Gap;
}

export type Next =
  | { readonly is: "batch"; readonly batch: Batch }
  /** Nothing for this webhook up to `through`. `more`: there are further events that were not looked at yet. */
  | { readonly is: "nothing"; readonly through: number; readonly more: boolean };

/** Whose journal it is, and what a tenant may see of it. */
export type Told = Pick<NodeFace, "name" | "number" | "events" | "onEvents" | "message" | "upstreams">;

export class BatchReader {
  readonly #node: Told;
  readonly #tenants = new Map<MessageKey, TenantId>();

  constructor(node: Told) {
    this.#node = node;
  }

  /** @throws what the journal throws */
  async next(scope: Scope, cursor: number): Promise<Next> {
    const draft = new Draft(cursor);
    const most = scope.view.sees === "all" && scope.kinds.length === 0 ? MOST_EVENTS : PAGE;
    for (let pages = 0; pages < MOST_PAGES; pages++) {
      const { page, seen } = await this.#page(scope, draft.through, most);
      for (const { seq } of page) {
        const event = seen.get(seq);
        if (!draft.add(seq, event && this.#text(event))) return { is: "batch", batch: draft.end(this.#node.name) };
      }
      const isEnd = page.length < most;
      if (isEnd && draft.isEmpty) return nothing(draft, false);
      if (isEnd || draft.isFull) return { is: "batch", batch: draft.end(this.#node.name) };
    }
    return draft.isEmpty ? nothing(draft, true) : { is: "batch", batch: draft.end(this.#node.name) };
  }

  /**
   * Everybody's next events, and those of them that this webhook is told, by sequence, as it may see them.
   */
  async #page(
    scope: Scope,
    after: number,
    most: number,
  ): Promise<{ page: readonly FairleadEvent[]; seen: ReadonlyMap<number, FairleadEvent> }> {
    const { view } = scope;
    for (;;) {
      const page = await this.#node.events(EVERYTHING, after, most);
      const wanted = page.filter((event) => isOfKind(scope, event));
      if (view.sees === "all") return { page, seen: bySeq(wanted) };
      this.#learn(page);
      const perhaps = wanted.filter((event) => this.#mayBeSeen(view, event));
      if (perhaps.length === 0) return { page, seen: new Map() };
      const seen = await this.#asSeen(perhaps, view);
      const [first] = await this.#node.events(EVERYTHING, after, 1);
      if (first?.seq === page[0]?.seq) return { page, seen };
      // Old events were removed between the questions, so the answers are of different pages: once more.
    }
  }

  /** The view alone decides. It is only not asked of what is known to be others', because it looks up message by message. */
  async #asSeen(perhaps: readonly FairleadEvent[], view: View): Promise<ReadonlyMap<number, FairleadEvent>> {
    const asked = new Set(perhaps.map(({ seq }) => seq));
    const own: FairleadEvent[] = [];
    for (const { first, count } of runsOf(perhaps)) own.push(...(await this.#node.events(view, first - 1, count)));
    const wanted = own.filter(({ seq }) => asked.has(seq));
    return wanted.length === 0 ? new Map() : bySeq(await eventsSeen(wanted, view, this.#node));
  }

  #learn(page: readonly FairleadEvent[]): void {
    for (const { message, body } of page)
      if (message !== undefined && body.kind === "accepted") this.#tenants.set(message, body.envelope.tenant);
    while (this.#tenants.size > MOST_TENANTS) this.#tenants.delete(this.#tenants.keys().next().value as MessageKey);
  }

  #mayBeSeen(view: View, { message, body }: FairleadEvent): boolean {
    if (view.sees !== "tenant") return true;
    if (body.kind === "refused") return body.tenant === undefined || body.tenant === view.tenant;
    const tenant = message === undefined ? undefined : this.#tenants.get(message);
    return tenant === undefined || tenant === view.tenant;
  }

  /** An event that is too large for any batch is told without its body's details. */
  #text(event: FairleadEvent): string {
    const row = eventRow(event, this.#node.number);
    const text = JSON.stringify(row);
    const bytes = Buffer.byteLength(text);
    return bytes <= LARGEST_EVENT ? text : JSON.stringify({ ...row, body: { kind: event.body.kind, cut: bytes } });
  }
}

/** What stands around the events, with the longest numbers and node name. */
const FRAME_BYTES = 512;
const LARGEST_EVENT = MOST_BYTES - FRAME_BYTES;

/** A batch as it grows. */
class Draft {
  readonly #texts: string[] = [];
  #bytes = 0;
  #first = 0;
  #last = 0;
  #gap: Gap | undefined;
  through: number;

  constructor(cursor: number) {
    this.through = cursor;
  }

  get isFull(): boolean {
    return this.#texts.length === MOST_EVENTS;
  }

  get isEmpty(): boolean {
    return this.#texts.length === 0;
  }

  /** False where it no longer fits: it belongs to the next. `text` is undefined where it is not for this webhook. */
  add(seq: number, text: string | undefined): boolean {
    const missing = seq > this.through + 1 ? { from: this.through + 1, to: seq - 1 } : undefined;
    if (missing !== undefined) {
      if (!this.#put(JSON.stringify({ gap: missing }), missing.from, missing.to)) return false;
      this.#gap = this.#gap === undefined ? missing : { from: this.#gap.from, to: missing.to };
      this.through = missing.to;
    }
    if (text !== undefined && !this.#put(text, seq, seq)) return false;
    this.through = seq;
    return true;
  }

  end(node: string): Batch {
    const head = `{"node":${JSON.stringify(node)},"first":${this.#first},"last":${this.#last},"events":[`;
    const body = Buffer.from(`${head}${this.#texts.join(",")}]}`);
    return { body, through: this.through, ...(this.#gap && { gap: this.#gap }) };
  }

  #put(text: string, first: number, last: number): boolean {
    const bytes = Buffer.byteLength(text) + 1;
    if (this.isFull || this.#bytes + bytes > LARGEST_EVENT + 1) return false;
    if (this.#texts.length === 0) this.#first = first;
    this.#texts.push(text);
    this.#bytes += bytes;
    this.#last = last;
    return true;
  }
}

/** A request that a person asked for, to see whether it arrives: one event, marked by its kind and by sequence 0. */
export function testBody(node: string, at: string): Uint8Array {
  const body = { kind: "test", text: "sent by a person, to see whether it arrives" };
  return Buffer.from(JSON.stringify({ node, first: 0, last: 0, events: [{ seq: 0, at, id: null, rcpt: null, body }] }));
}

function isOfKind({ kinds }: Scope, { body }: FairleadEvent): boolean {
  return kinds.length === 0 || kinds.includes(body.kind);
}

/** Sequences without a gap between them, so that each run is one question. */
function runsOf(events: readonly FairleadEvent[]): readonly { readonly first: number; readonly count: number }[] {
  const runs: { first: number; count: number }[] = [];
  for (const { seq } of events) {
    const last = runs.at(-1);
    if (last !== undefined && last.first + last.count === seq) last.count++;
    else runs.push({ first: seq, count: 1 });
  }
  return runs;
}

function bySeq(events: readonly FairleadEvent[]): ReadonlyMap<number, FairleadEvent> {
  return new Map(events.map((event) => [event.seq, event]));
}

function nothing({ through }: Draft, more: boolean): Next {
  return { is: "nothing", through, more };
}
