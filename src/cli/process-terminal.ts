/** The real terminal: this process's streams, environment and signals. */
import { once } from "node:events";
import { userInfo } from "node:os";
import { systemClock } from "../base/clock.ts";
import { codeOf } from "../base/fault.ts";
import type { Terminal } from "./terminal.ts";

export function processTerminal(): { readonly terminal: Terminal; readonly signal: AbortSignal } {
  const { stdin, stdout, stderr, env } = process;
  const stopping = new AbortController();
  // A second signal ends at once: whoever asks twice does not want to wait.
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.on(name, () => (stopping.signal.aborted ? process.exit(130) : stopping.abort(name)));
  // `fairlead queue list | head` ends the reader, not us with a stack trace.
  stdout.on("error", (fault) => {
    if (codeOf(fault) === "EPIPE") process.exit(0);
    throw fault;
  });
  const terminal: Terminal = {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    flushed: async () => void (stdout.writableNeedDrain && (await once(stdout, "drain"))),
    stdin,
    hidden: readHidden,
    outIsTerminal: stdout.isTTY === true,
    inIsTerminal: stdin.isTTY === true,
    width: () => (stdout.isTTY ? stdout.columns || 80 : Number.POSITIVE_INFINITY),
    colour: stdout.isTTY === true && (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb",
    unicode: /utf-?8/i.test(env["LC_ALL"] || env["LC_CTYPE"] || env["LANG"] || (process.platform === "darwin" ? "UTF-8" : "")),
    env,
    zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    clock: systemClock,
    user: userName(),
  };
  return { terminal, signal: stopping.signal };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid${process.getuid?.() ?? ""}`; // a uid without an account, as in containers
  }
}

/** The line editor does the reading, into a screen that shows nothing. */
async function readHidden(prompt: string, signal: AbortSignal): Promise<string> {
  const { createInterface } = await import("node:readline/promises");
  const { Writable } = await import("node:stream");
  const unseen = new Writable({ write: (_chunk, _encoding, done) => done() });
  const editor = createInterface({ input: process.stdin, output: unseen, terminal: true, historySize: 0 });
  editor.on("SIGINT", () => process.kill(process.pid, "SIGINT")); // a raw terminal sends a letter instead
  process.stderr.write(prompt); // only now: what is typed at once is unseen too
  try {
    return await editor.question("", { signal });
  } finally {
    editor.close();
    process.stderr.write("\n");
  }
}
