/** What a question measures: a relay that takes mail on a port and hands it to the sink, with the meter on its processes. */
import { createConnection } from "node:net";
import { systemClock } from "../../src/base/clock.ts";
import type { Meter } from "./accounting.ts";

export interface Contender extends AsyncDisposable {
  readonly name: string;
  readonly port: number;
  readonly meter: Meter;
  /** Deliveries it still holds, counted the cheapest way it has. */
  queued(): Promise<number>;
}

/** Resolves once something greets with 220 on the port. @throws when nothing does in time. */
export async function greeted(port: number, withinMs: number): Promise<void> {
  const until = systemClock.mono() + withinMs;
  for (;;) {
    if (await greetsNow(port)) return;
    if (systemClock.mono() > until) throw new Error(`nothing answers 220 on 127.0.0.1:${port}`);
    await systemClock.sleep(20);
  }
}

function greetsNow(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: "127.0.0.1", port, timeout: 5_000 });
    const done = (yes: boolean): void => {
      resolve(yes);
      socket.end("QUIT\r\n");
      socket.on("error", () => undefined);
    };
    socket.once("data", (bytes) => done(bytes.toString("latin1").startsWith("220")));
    socket.once("error", () => resolve(false));
    socket.once("timeout", () => (done(false), socket.destroy()));
  });
}

/** Waits until the contender holds nothing more; returns what is left when time is up. */
export async function drained(contender: Contender, withinMs: number): Promise<number> {
  const until = systemClock.mono() + withinMs;
  for (;;) {
    const left = await contender.queued();
    if (left === 0 || systemClock.mono() > until) return left;
    await systemClock.sleep(50);
  }
}
