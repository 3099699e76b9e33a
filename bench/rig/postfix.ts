/**
 * A private Postfix: Debian's programs with a configuration, a queue and a port of its own below a temporary folder, on
 * loopback, without DNS, syncing as it does by default. The peer in `bench/`, and the client or next hop in
 * `test/peers/`. Needs root (Postfix's master does) and the package `postfix`.
 */
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ended, openMeter } from "./accounting.ts";
import { type Contender, greeted } from "./contender.ts";

export interface PostfixOptions {
  readonly name?: string;
  readonly port: number;
  /** Where everything goes, as a relayhost: `[127.0.0.1]:2600`. */
  readonly relayhost: string;
  /** Changes to main.cf; a later setting wins. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Lets Postfix write `maillog` in its folder. Off for measuring: without syslog its lines go nowhere, which favours it. */
  readonly maillog?: boolean;
  /** Extra files below its folder, by name. */
  readonly files?: Readonly<Record<string, string>>;
  readonly parent?: string;
}

export interface Postfix extends Contender {
  readonly folder: string;
  /** Runs one of its commands (postqueue, postsuper, sendmail …) on this instance; its output. */
  run(program: string, args: readonly string[], input?: string): string;
  maillog(): string;
  /** Messages of which no delivery was tried yet. */
  undecided(): number;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** kill -9 of its master and all below it. */
  kill(): Promise<void>;
}

/** Queues whose files are messages that it still holds. */
const QUEUES = ["maildrop", "incoming", "active", "deferred", "hold", "corrupt"];

function mainCf(folder: string, options: PostfixOptions): string {
  const settings: Record<string, string> = {
    compatibility_level: "3.6",
    config_directory: `${folder}/etc`,
    queue_directory: `${folder}/queue`,
    data_directory: `${folder}/data`,
    myhostname: "postfix.example",
    inet_interfaces: "127.0.0.1",
    inet_protocols: "ipv4",
    mynetworks: "127.0.0.0/8",
    mydestination: "",
    local_recipient_maps: "",
    alias_maps: "",
    alias_database: "",
    fast_flush_domains: "",
    relayhost: options.relayhost,
    smtpd_relay_restrictions: "permit_mynetworks, reject",
    smtpd_peername_lookup: "no",
    smtp_dns_support_level: "disabled",
    smtp_host_lookup: "native",
    initial_destination_concurrency: "20",
    smtp_destination_concurrency_limit: "40",
    default_process_limit: "100",
    ...(options.maillog ? { maillog_file: `${folder}/maillog`, maillog_file_prefixes: folder } : {}),
    ...options.settings,
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name} = ${value}\n`)
    .join("");
}

function masterCf(port: number): string {
  const rows = [
    `127.0.0.1:${port} inet n - n - - smtpd`,
    "pickup unix n - n 60 1 pickup",
    "cleanup unix n - n - 0 cleanup",
    "qmgr unix n - n 300 1 qmgr",
    "tlsmgr unix - - n 1000? 1 tlsmgr",
    "rewrite unix - - n - - trivial-rewrite",
    "bounce unix - - n - 0 bounce",
    "defer unix - - n - 0 bounce",
    "trace unix - - n - 0 bounce",
    "verify unix - - n - 1 verify",
    "proxymap unix - - n - - proxymap",
    "proxywrite unix - - n - 1 proxymap",
    "smtp unix - - n - - smtp",
    "relay unix - - n - - smtp",
    "showq unix n - n - - showq",
    "error unix - - n - - error",
    "retry unix - - n - - error",
    "discard unix - - n - - discard",
    "anvil unix - - n - 1 anvil",
    "scache unix - - n - 1 scache",
    "postlog unix-dgram n - n - 1 postlogd",
  ];
  return `${rows.join("\n")}\n`;
}

function idOf(user: string): { readonly uid: number; readonly gid: number } {
  const id = (flag: string): number => Number(spawnSync("id", [flag, user], { encoding: "utf8" }).stdout);
  return { uid: id("-u"), gid: id("-g") };
}

/** @throws when Postfix does not start or does not greet. */
export async function startPostfix(options: PostfixOptions): Promise<Postfix> {
  const folder = mkdtempSync(join(options.parent ?? tmpdir(), "fairlead-postfix-"));
  chmodSync(folder, 0o755);
  for (const name of ["etc", "queue", "data"]) mkdirSync(join(folder, name));
  const owner = idOf("postfix");
  chownSync(join(folder, "data"), owner.uid, owner.gid);
  chmodSync(join(folder, "data"), 0o700);
  for (const name of ["dynamicmaps.cf", "postfix-files"]) {
    if (existsSync(`/etc/postfix/${name}`)) cpSync(`/etc/postfix/${name}`, join(folder, "etc", name));
  }
  for (const [name, text] of Object.entries(options.files ?? {})) writeFileSync(join(folder, name), text);
  writeFileSync(join(folder, "etc/main.cf"), mainCf(folder, options));
  writeFileSync(join(folder, "etc/master.cf"), masterCf(options.port));

  const meter = openMeter(options.name ?? "postfix");
  const control = (verb: string, wrap: (argv: readonly string[]) => readonly string[]): string => {
    const [program, ...args] = wrap(["postfix", "-c", join(folder, "etc"), verb]);
    const run = spawnSync(program as string, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
    return run.status === 0 ? "" : `${run.stdout}${run.stderr}`;
  };
  const start = async (): Promise<void> => {
    const trouble = control("start", (argv) => meter.wrap(argv));
    if (trouble) throw new Error(`postfix did not start: ${trouble}`);
    const pidFile = join(folder, "queue/pid/master.pid");
    if (existsSync(pidFile)) meter.root(Number(readFileSync(pidFile, "utf8")));
    await greeted(options.port, 10_000);
  };
  const stop = async (): Promise<void> => void control("stop", (argv) => argv);
  const end = async (): Promise<void> => {
    await stop();
    await meter[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await start();
  } catch (error) {
    await end();
    throw error;
  }
  return {
    name: options.name ?? "postfix",
    port: options.port,
    folder,
    meter,
    queued: async () => QUEUES.reduce((sum, name) => sum + filesBelow(join(folder, "queue", name)), 0),
    run: (program, args, input) => runOn(folder, program, args, input),
    maillog: () => (existsSync(join(folder, "maillog")) ? readFileSync(join(folder, "maillog"), "utf8") : ""),
    undecided: () => ["maildrop", "incoming", "active"].reduce((sum, name) => sum + filesBelow(join(folder, "queue", name)), 0),
    start,
    stop,
    kill: async () => {
      for (const pid of meter.pids()) process.kill(pid, "SIGKILL");
      await ended(meter);
    },
    [Symbol.asyncDispose]: end,
  };
}

function runOn(folder: string, program: string, args: readonly string[], input = ""): string {
  const flag = program === "sendmail" ? "-C" : "-c";
  const run = spawnSync(program, [flag, join(folder, "etc"), ...args], { encoding: "utf8", input, maxBuffer: 1 << 28 });
  if (run.status !== 0) throw new Error(`${program} ${args.join(" ")}: ${run.stderr || run.stdout}`);
  return run.stdout;
}

function filesBelow(folder: string): number {
  if (!existsSync(folder)) return 0;
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length;
}
