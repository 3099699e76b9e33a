/** Bytes to the API's door and what came back, as an attacker sends them: no client in between that would tidy them up. */
import { createConnection, type Socket } from "node:net";
import type { House } from "../../src/control/api/memory-house.ts";

export interface RawAnswer {
  readonly status: number;
  /** In small letters; of the first answer. */
  readonly headers: ReadonlyMap<string, string>;
  /** Everything that came, further answers too. */
  readonly text: string;
}

export function connected(house: House): Promise<Socket> {
  const socket = createConnection({ host: "127.0.0.1", port: Number(new URL(house.base).port) });
  return new Promise((resolve, fail) => {
    socket.once("error", fail);
    socket.once("connect", () => resolve(socket.off("error", fail)));
  });
}

/** Sends, and reads until the door hangs up. A reset after the answer counts as an end. */
export async function sent(house: House, bytes: string | Uint8Array): Promise<RawAnswer> {
  const socket = await connected(house);
  socket.write(bytes);
  return answerIn(await readToEnd(socket));
}

export async function readToEnd(socket: Socket): Promise<string> {
  let text = "";
  socket.setEncoding("latin1").on("data", (part: string) => (text += part));
  await new Promise<void>((resolve) => {
    socket.once("close", () => resolve());
    socket.once("error", () => resolve());
  });
  return text;
}

export function answerIn(text: string): RawAnswer {
  const [head = ""] = text.split("\r\n\r\n", 1);
  const [line = "", ...lines] = head.split("\r\n");
  const headers = new Map(lines.map((one) => [one.slice(0, one.indexOf(":")).toLowerCase(), one.slice(one.indexOf(":") + 1).trim()]));
  return { status: Number(/^HTTP\/1\.1 (\d{3}) /.exec(line)?.[1] ?? 0), headers, text };
}

/** How many answers there are in it. */
export function answersIn(text: string): readonly number[] {
  return [...text.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => Number(status));
}
