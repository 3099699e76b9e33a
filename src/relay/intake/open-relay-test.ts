/**
 * Asks every listener, before it takes mail, what a stranger would ask: may I send to somebody elsewhere? The answer
 * comes from the same sessions that serve clients, over a pipe in memory whose other end has a documentation address
 * (RFC 5737), so nothing about it is special but the address (R24).
 */
import { fromLatin1, latin1 } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import type { Pipe, PipeEvents } from "../../base/network.ts";

/** Where the probe comes from: no source has it, unless ranges were allowed that hold all the world. */
export const STRANGER = "203.0.113.77";
const WITHIN_MS = 5000;
const SCRIPT = ["EHLO stranger.example\r\n", "MAIL FROM:<probe@stranger.example>\r\n", "RCPT TO:<victim@elsewhere.example>\r\n"];

export type RelayTest =
  /** `reply` is the refusal. */
  | { readonly is: "closed"; readonly reply: string }
  | { readonly is: "open" }
  /** It could not be asked in plain text (implicit TLS, a PROXY header): its policy is that of the others. */
  | { readonly is: "not asked" };

/** `serve` puts the pipe to a session, as a listener would. */
export async function testForOpenRelay(serve: (pipe: Pipe) => void, clock: Clock): Promise<RelayTest> {
  return await new Promise((resolve) => {
    let events: PipeEvents | undefined;
    let step = 0;
    let heard = "";
    const cancel = clock.after(WITHIN_MS, () => finish({ is: "not asked" }));
    const finish = (result: RelayTest): void => {
      cancel();
      resolve(result);
      queueMicrotask(() => events?.close());
    };
    const hear = (bytes: Uint8Array): void => {
      heard += latin1(bytes);
      const lines = heard.split("\r\n");
      const last = lines.at(-2);
      if (!heard.endsWith("\r\n") || last === undefined || last[3] === "-") return;
      heard = "";
      if (Number(last.slice(0, 3)) >= 400) return finish({ is: "closed", reply: last });
      const next = SCRIPT[step++];
      if (next === undefined) return finish({ is: "open" });
      queueMicrotask(() => events?.data(fromLatin1(next)));
    };
    serve({
      remote: { ip: STRANGER, port: 49152 },
      local: { ip: STRANGER, port: 25 },
      open: (with_) => {
        events = with_;
      },
      write: (bytes) => {
        hear(bytes);
        return true;
      },
      pause: () => {},
      resume: () => {},
      startTls: () => Promise.reject(new Error("the probe speaks plain text")),
      end: () => finish({ is: "not asked" }),
      destroy: () => finish({ is: "not asked" }),
    });
  });
}
