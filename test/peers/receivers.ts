/**
 * Postfix and Exim as hosts that mail goes to, each with the habit that a case asks for. They stand on loopback, where no MX
 * record may lead, so the program has them as its next hop.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type PostfixOptions, startPostfix } from "../../bench/rig/postfix.ts";
import { freePort } from "../outside/free-port.ts";
import { type EximHabits, startExim } from "./exim.ts";

/** How a receiver is made to behave, in each one's words. */
export interface Habit {
  readonly postfix: Pick<PostfixOptions, "settings" | "files">;
  /** `folder`: where its packages lie; files of a case are written there. */
  readonly exim: EximHabits | ((folder: string) => EximHabits);
}

export interface PeerUnderTest extends AsyncDisposable {
  readonly port: number;
  /** What it has written about its work. */
  log(): string;
}

export type PeerName = "Postfix" | "Exim";

/** What it takes goes on to port `next`. */
export async function startPeer(name: PeerName, habit: Habit, next: number, eximPackages: string): Promise<PeerUnderTest> {
  const port = await freePort();
  if (name === "Exim") {
    const habits = typeof habit.exim === "function" ? habit.exim(eximPackages) : habit.exim;
    return await startExim(eximPackages, port, next, habits);
  }
  const postfix = await startPostfix({ ...habit.postfix, port, relayhost: `[127.0.0.1]:${next}`, maillog: true });
  return { port, log: () => postfix.maillog(), [Symbol.asyncDispose]: async () => await postfix[Symbol.asyncDispose]() };
}

/** Writes it and says where. */
export function fileIn(folder: string, name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text, { mode: 0o644 });
  return path;
}
