/**
 * The panel before a node in memory: real HTTP door, real logins, audit and suppression; mail that stands still and
 * changes only by what the panel orders. Scenarios that need more mail than can be sent in a test are played here, the
 * others against the real program.
 */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { type Clock, systemClock, type WallMs } from "../../src/base/clock.ts";
import { silentLog } from "../../src/base/log.ts";
import { panelFolder } from "../../src/cli/panel-folder.ts";
import { type Desk, startHttp } from "../../src/control/api/api.ts";
import { memoryLab } from "../../src/control/api/memory-desk.ts";
import { type House, openHouse, PASSWORD } from "../../src/control/api/memory-house.ts";
import { MEMORY_NOW, MemoryNode } from "../../src/control/api/memory-node.ts";
import type { ActionCommand, ActionResult, Answered } from "../../src/control/api/node-face.ts";
import type { EventBody, NewEvent } from "../../src/model/event.ts";
import type { DeliveryRef } from "../../src/model/ids.ts";
import type { View } from "../../src/model/view.ts";
import type { SpooledDelivery } from "../../src/store/spool/spool.ts";
import { ROOT } from "../outside/program.ts";

export { MEMORY_NOW, PASSWORD };

let built: string | undefined;

/** Built from the sources as they are; nothing to do where that was done already. */
export function builtPanel(): string {
  built ??= buildPanel();
  return built;
}

function buildPanel(): string {
  execFileSync(process.execPath, [join(ROOT, "panel/build.ts")], { stdio: ["ignore", "ignore", "inherit"] });
  const folder = panelFolder();
  if (folder === undefined) throw new Error("the panel was not built");
  return folder;
}

/** Its actions can be undone, and what they change is told to whoever follows. */
export class ActingNode extends MemoryNode {
  readonly #before = new Map<number, readonly SpooledDelivery[]>();

  override async act(view: View, command: ActionCommand): Promise<Answered<{ readonly result: ActionResult }>> {
    const before = [...this.open];
    const answer = await super.act(view, command);
    const action = answer.ok ? answer.result.action : undefined;
    if (action !== undefined) {
      this.#before.set(action, before);
      this.#tell(before, command.verb);
    }
    return answer;
  }

  override async undo(view: View, action: number): Promise<Answered<{ readonly result: ActionResult }>> {
    const answer = await super.undo(view, action);
    const before = this.#before.get(action);
    if (!answer.ok || before === undefined) return answer;
    this.open.splice(0, this.open.length, ...before);
    this.#tell(before, "undo");
    return answer;
  }

  #tell(rows: readonly SpooledDelivery[], why: string): void {
    const body: EventBody = { kind: "retried", by: { kind: "operator", id: why } };
    const events: NewEvent[] = rows.map(({ ref }) => ({ at: MEMORY_NOW, ref, body }));
    for (const listener of this.listeners) listener(events);
  }

  /** A delivery that ends while somebody watches. */
  settle(ref: DeliveryRef, body: EventBody): void {
    const at = this.open.findIndex((row) => row.ref.message === ref.message && row.ref.rcpt === ref.rcpt);
    if (at >= 0) this.open.splice(at, 1);
    this.happened.push({ seq: this.happened.length + 1, at: MEMORY_NOW, message: ref.message, rcpt: ref.rcpt, body });
    for (const listener of this.listeners) listener([{ at: MEMORY_NOW, ref, body }]);
  }
}

export interface PanelHouse extends AsyncDisposable {
  readonly base: string;
  readonly node: ActingNode;
  readonly house: House;
}

/** Parts that a node can be put together without. */
export type Part = Exclude<keyof Desk, "node"> | "figures" | "past";

export interface Around {
  readonly without?: readonly Part[];
  /** A simulated internet, with trouble to make. */
  readonly lab?: boolean;
}

/** @param node what the panel shows. */
export async function openPanelHouse(node: ActingNode, { without = [], lab = false }: Around = {}): Promise<PanelHouse> {
  const stack = new AsyncDisposableStack();
  const house = stack.use(await openHouse(":memory:", lab ? memoryLab(ago(5)) : undefined));
  const clock: Clock = { ...systemClock, wall: () => MEMORY_NOW };
  for (const part of without) if (part === "figures" || part === "past") Object.defineProperty(node, part, { value: undefined });
  const desk = Object.fromEntries(Object.entries(house.desk).filter(([name]) => !without.some((part) => part === name)));
  const options = { ...desk, node, at: { ip: "127.0.0.1", port: 0 }, log: silentLog, clock, panelFolder: builtPanel() };
  const http = stack.use(await startHttp(options));
  return { base: `http://127.0.0.1:${http.local.port}`, node, house, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** Minutes before the moment at which the node stands still. */
export function ago(minutes: number): WallMs {
  return (MEMORY_NOW - minutes * 60_000) as WallMs;
}
