/**
 * A private Exim. Debian installs one mail server only, so its packages are unpacked into the folder of the instance and
 * run from there, in a mount namespace in which /etc has what Exim wants to find: the file that lets it keep its rights
 * with a configuration of another place (trusted_configs), and nothing else changed.
 */
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openMeter } from "../../bench/rig/accounting.ts";
import { greeted } from "../../bench/rig/contender.ts";
import { unpack } from "../debian.ts";

export interface Exim extends AsyncDisposable {
  readonly port: number;
  readonly folder: string;
  /** Messages in its spool. */
  queued(): number;
  log(): string;
}

const USER = "Debian-exim"; // compiled into Debian's binary

export interface EximHabits {
  /** Lines of the main section; a later setting of the same name is an error to Exim, so only what is not there. */
  readonly main?: readonly string[];
  /** Statements before its plain answer to RCPT. */
  readonly rcpt?: readonly string[];
  /** Whether it takes 8-bit mail, and says so. */
  readonly eightBit?: boolean;
  /** Offers STARTTLS with the certificate in this file. */
  readonly certificate?: string;
}

function configuration(folder: string, exe: string, port: number, next: number, habits: EximHabits): string {
  const { main = [], rcpt = [], eightBit = true, certificate } = habits;
  const tls = certificate === undefined ? ["tls_advertise_hosts ="] : ["tls_advertise_hosts = *", `tls_certificate = ${certificate}`];
  return `${[...tls, ...main].join("\n")}
primary_hostname = exim.example
exim_path = ${exe}
spool_directory = ${folder}/spool
pid_file_path = ${folder}/exim.pid
log_file_path = ${folder}/log/%slog
local_interfaces = 127.0.0.1
daemon_smtp_ports = ${port}
host_lookup =
keep_environment =
accept_8bitmime = ${eightBit}
received_headers_max = 500
smtp_accept_queue_per_connection = 0
acl_smtp_rcpt = check
acl_smtp_data = accept

begin acl
check:
${rcpt.join("\n")}
  deny message = no such user
       local_parts = nobody
  accept

begin routers
out:
  driver = manualroute
  route_list = * 127.0.0.1::${next}
  self = send
  transport = remote

begin transports
remote:
  driver = smtp
  hosts_avoid_tls = *

begin retry
* * F,2h,5s
`;
}

/** Where Exim's packages lie unpacked, or why they cannot; shared by the tests of a file. */
export function unpackExim(): { readonly skip: string | false; readonly folder: string } {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-exim-package-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const skip = unpack(folder, "exim4-daemon-light", "exim4-base");
  return { skip, folder };
}

/** An Exim from `packages` that sends everything to port `next`. @throws when it does not greet. */
export async function startExim(packages: string, port: number, next: number, habits: EximHabits = {}): Promise<Exim> {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-exim-"));
  chmodSync(folder, 0o755);
  if (spawnSync("id", [USER]).status !== 0)
    spawnSync("useradd", [
      "--system",
      "--user-group",
      "--no-create-home",
      "--home-dir",
      "/nonexistent",
      "--shell",
      "/usr/sbin/nologin",
      USER,
    ]);
  const id = (flag: string): number => Number(spawnSync("id", [flag, USER], { encoding: "utf8" }).stdout);
  for (const name of ["spool", "log"]) {
    mkdirSync(join(folder, name));
    chownSync(join(folder, name), id("-u"), id("-g"));
  }
  const exe = join(packages, "root/usr/sbin/exim4");
  chmodSync(packages, 0o755);
  const conf = join(folder, "exim.conf");
  writeFileSync(conf, configuration(folder, exe, port, next, habits));
  mkdirSync(join(folder, "etc/exim4"), { recursive: true });
  writeFileSync(join(folder, "etc/exim4/trusted_configs"), `${conf}\n`);
  const meter = openMeter(`exim-${port}`);
  const mount = `mount -t overlay -o lowerdir=${folder}/etc:/etc overlay /etc && exec "$@"`;
  const [program, ...args] = meter.wrap(["unshare", "-m", "sh", "-ec", mount, "sh", exe, "-bdf", "-q5s", "-C", conf]);
  const child = spawn(program as string, args, { stdio: ["ignore", "ignore", "inherit"] });
  meter.root(child.pid as number);
  const log = (): string => readIf(join(folder, "log/mainlog"));
  const end = async (): Promise<void> => {
    await meter[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await greeted(port, 10_000);
  } catch (error) {
    const said = log() + readIf(join(folder, "log/paniclog"));
    await end();
    throw new Error(`exim did not start: ${said}`, { cause: error });
  }
  return {
    port,
    folder,
    queued: () =>
      existsSync(join(folder, "spool/input"))
        ? readdirSync(join(folder, "spool/input"), { recursive: true }).filter((name) => String(name).endsWith("-H")).length
        : 0,
    log,
    [Symbol.asyncDispose]: end,
  };
}

function readIf(path: string): string {
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}
