/**
 * `fairlead up --lab` as a newcomer meets it: the real program in a process of its own, asked by its API and its commands.
 * What its first minute promises must be seen there, and nothing real may listen but the panel and the control socket.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { ReplyOf } from "../../src/control/api/routes.ts";
import { type Program, ROOT, startProgram, until } from "../outside/program.ts";

/** A busy machine plays the minute in more than one. */
const PATIENCE_MS = 180_000;

let program: Program;

before(async () => {
  program = await startProgram({ lab: "7" });
});
after(() => program[Symbol.asyncDispose]());

const lab = async (): Promise<ReplyOf<"lab">> => (await program.api("/api/v1/lab")) as ReplyOf<"lab">;
const story = async (id: string): Promise<ReplyOf<"message">> => (await program.api(`/api/v1/messages/${id}`)) as ReplyOf<"message">;
const search = async (q: string): Promise<ReplyOf<"search">["rows"]> =>
  ((await program.api(`/api/v1/search?q=${encodeURIComponent(q)}`)) as ReplyOf<"search">).rows;

test("it says that all is simulated, and nothing but the panel and the control socket listens", async () => {
  assert.ok(program.said.some((line) => line.includes("SIMULATED internet")));
  assert.match((await lab()).banner, /SIMULATED/);
  if (process.platform !== "linux") return;
  assert.deepEqual(listening(program.pid), [program.port]);
});

test("mail flows, a receiver throttles, and the lane to it slows and comes back by itself", async () => {
  const flows = async (): Promise<boolean> => ((await program.api("/api/v1/status")) as ReplyOf<"status">).counts.delivered > 10;
  await until("mail that flows", flows, PATIENCE_MS);
  const paces: number[] = [];
  await until(
    "a lane that slows and recovers",
    async () => {
      const { lanes } = (await program.api("/api/v1/lanes")) as ReplyOf<"lanes">;
      const google = lanes.find(({ why }) => why?.startsWith("421 4.7.28"));
      if (google?.perMinute != null) paces.push(google.perMinute);
      return google?.state === "open" && (paces.at(-1) ?? 0) > Math.min(...paces);
    },
    PATIENCE_MS,
  );
});

test("mail to a domain whose certificate does not fit its TLSA record waits, and its story says that", async () => {
  const rows = await until("mail to the bank", async () => (await waitingFor("bank.example")) ?? false, PATIENCE_MS);
  const told = await story(rows.find(({ state }) => state === "queued")?.id ?? "");
  assert.match(told.line, /^Queued .*certificate/);
  assert.ok(JSON.stringify(told.steps).includes("TLSA records"), JSON.stringify(told.steps));
});

test("a domain whose look-ups fail keeps its mail waiting, and says why", async () => {
  const rows = await until("mail to the school", async () => (await waitingFor("school.example")) ?? false, PATIENCE_MS);
  const told = await story(rows[0]?.id ?? "");
  assert.match(told.line, /Queued .*SERVFAIL/);
  assert.equal(rows.filter(({ state }) => state === "bounced").length, 0);
});

test("the play points at the story of a late message, whose parts add up", async () => {
  const late = await until(
    "the story",
    async () => (await lab()).beats.find(({ show }) => show?.startsWith("#/messages/")) ?? false,
    PATIENCE_MS,
  );
  const told = await story(late.show?.slice("#/messages/".length) ?? "");
  const [recipient] = told.recipients;
  assert.ok(recipient);
  assert.ok(recipient.totalMs > 10_000, `${recipient.totalMs} ms`);
  assert.equal(
    recipient.parts.reduce((sum, { ms }) => sum + ms, 0),
    recipient.totalMs,
  );
});

test("a host that is killed by a command is told as trouble, and mended by another", async () => {
  const killed = program.cli("lab", "kill", "yahoo.com");
  assert.equal(killed.code, 0, killed.stderr);
  assert.match(killed.stdout, /^mta5\.am0\.yahoodns\.net is dead; mta6/);
  assert.ok((await lab()).troubles.some(({ what, at }) => what === "kill" && at === "yahoo"));
  assert.match(program.cli("lab").stdout, /mta5\.am0\.yahoodns\.net is dead/);
  assert.match(program.cli("lab", "mend").stdout, /^Mended: .*kill at Yahoo/);
  assert.deepEqual((await lab()).troubles, []);
  assert.equal(program.cli("lab", "kill", "nowhere.example").code, 3);
});

test("its time stands still and goes on, and meanwhile the node answers", async () => {
  assert.equal(program.cli("lab", "pause").code, 0);
  const stood = (await lab()).now;
  assert.equal(program.cli("messages", "since:1h").code, 0);
  const held = program.cli("hold", "--domain", "gmail.com", "--yes");
  assert.match(held.stdout, /held|due|0/, held.stderr);
  assert.equal((await lab()).now, stood);
  assert.equal(program.cli("lab", "resume").code, 0);
  await until("time that goes on", async () => (await lab()).now > stood);
});

test("every delivery is accounted for, and a stop is an orderly one even while time stands still", async () => {
  const ledger = (await program.api("/api/v1/ledger")) as ReplyOf<"ledger">;
  assert.deepEqual([ledger.balances, ledger.drift], [true, []]);
  assert.equal(ledger.tenants.length > 4, true);
  program.cli("lab", "pause");
  assert.equal(await program.stop(), 0);
  const other = program.cli("up", "--http", "off");
  assert.equal(other.code, 2);
  assert.match(other.stderr, /is a simulated internet's folder/);
});

test("a real way in or out does not go with it, and neither does a folder with something else in it", () => {
  for (const flag of [
    ["--smtp", "127.0.0.1:2525"],
    ["--allow", "192.0.2.0/24"],
    ["--upstream", "smtp://mail.example.net"],
  ]) {
    const { code, stderr } = program.cli("up", "--lab", ...flag);
    assert.deepEqual([code, stderr.includes(`--lab cannot go with ${flag[0]}`)], [2, true], stderr);
  }
  const folder = mkdtempSync(join(tmpdir(), "fairlead-no-lab-"));
  writeFileSync(join(folder, "letter.txt"), "mine");
  const { status, stderr } = spawnSync(join(ROOT, "fairlead"), ["up", "--lab", "--data", folder], { encoding: "utf8" });
  assert.deepEqual([status, stderr.includes("holds something that no lab made")], [2, true], stderr);
  assert.equal(readFileSync(join(folder, "letter.txt"), "utf8"), "mine");
  rmSync(folder, { recursive: true });
});

/** Mail to a domain, once some waits. */
async function waitingFor(domain: string): Promise<ReplyOf<"search">["rows"] | undefined> {
  const rows = await search(`to:@${domain} since:3h`);
  return rows.some(({ state }) => state === "queued") ? rows : undefined;
}

/** TCP ports on which a process listens, and UDP ports that it has. */
function listening(pid: number): readonly number[] {
  const folder = `/proc/${pid}/fd`;
  const inodes = new Set(
    readdirSync(folder).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(join(folder, fd)))?.[1] ?? [];
      } catch {
        return []; // closed meanwhile
      }
    }),
  );
  const LISTEN = "0A";
  return ["tcp", "tcp6", "udp", "udp6"].flatMap((kind) =>
    readFileSync(`/proc/net/${kind}`, "utf8")
      .trim()
      .split("\n")
      .slice(1)
      .flatMap((line) => {
        const cells = line.trim().split(/\s+/);
        const [, local = "", , state] = cells;
        const open = kind.startsWith("udp") || state === LISTEN;
        return open && inodes.has(cells[9] ?? "") ? [Number.parseInt(local.split(":")[1] ?? "", 16)] : [];
      }),
  );
}
