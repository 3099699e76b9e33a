/**
 * The whole way over real sockets: webhooks post to a receiver in plain node:http, which checks the signature by WebCrypto
 * and what Standard Webhooks says, and knows nothing of ours.
 */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { systemClock } from "../../base/clock.ts";
import { silentLog } from "../../base/log.ts";
import { systemRandom } from "../../base/random.ts";
import type { Resolver } from "../../base/resolver.ts";
import { HOOK_MIGRATIONS } from "../../store/hooks/hooks.ts";
import { ControlSettings, SETTINGS_MIGRATIONS } from "../../store/settings/control-settings.ts";
import { localDialect } from "../../store/sql/dialect.ts";
import { openControlDatabase } from "../../store/sql/migrations.ts";
import { SettingsDesk } from "../settings/settings.ts";
import { MemoryJournal, upTo } from "./hook-house.ts";
import { httpsClient, openWebhooks } from "./webhooks.ts";

/** The receiver's URL is an address. */
const NAMELESS: Resolver = {
  mx: async () => ({ status: "nodata" }),
  addresses: async (host) => ({ status: "ok", records: [host] }),
};

test("a receiver that checks every signature gets every event", async () => {
  const seqs: number[] = [];
  const faults: string[] = [];
  let secret = "";
  let all: () => void = () => {};
  const done = new Promise<void>((resolve) => (all = resolve));
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const body = Buffer.concat(parts);
    const { "webhook-id": id, "webhook-timestamp": at, "webhook-signature": signature } = request.headers;
    if (Math.abs(Number(at) - Date.now() / 1000) > 300) faults.push(`an old request: ${at}`);
    if (!(await isSigned(secret, `${id}.${at}.`, body, String(signature)))) faults.push("a wrong signature");
    for (const { seq } of (JSON.parse(body.toString()) as { events: { seq: number }[] }).events) seqs.push(seq);
    response.writeHead(204).end();
    if (seqs.at(-1) === 250) all();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  await using database = await openControlDatabase(localDialect(":memory:"), [SETTINGS_MIGRATIONS, HOOK_MIGRATIONS]);
  const clock = systemClock;
  const settings = await ControlSettings.open(database, { nodeKey: systemRandom.bytes(32), random: systemRandom, now: clock.wall() });
  const journal = new MemoryJournal(clock);
  await using hooks = await openWebhooks({
    ...{ database, settings, node: journal, clock, random: systemRandom, http: httpsClient(), resolver: NAMELESS },
    log: silentLog,
  });
  const stop = new AbortController();
  const watching = hooks.watch(stop.signal);
  const verifierOf = () => Promise.reject(new Error("no source here"));
  const desk = new SettingsDesk({ settings, clock, random: systemRandom, verifierOf });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/in`;
  const applied = await desk.apply({ yaml: `webhooks: {crm: {url: "${url}", private: true}}`, dryRun: false, by: "ann" });
  assert.ok(applied.ok);
  secret = /whsec_\S+/.exec(applied.applied.effect.join("\n"))?.[0] ?? "";
  const tried = await hooks.test({ sees: "all" }, "crm");
  assert.ok(tried.ok && tried.result.ok, JSON.stringify(tried));
  seqs.length = 0;
  journal.fill(250);
  await done;
  stop.abort();
  await watching;
  server.closeAllConnections();
  server.close();
  assert.deepEqual(faults, []);
  assert.deepEqual(seqs, upTo(250));
});

async function isSigned(secret: string, head: string, body: Uint8Array, signature: string): Promise<boolean> {
  const raw = Uint8Array.from(atob(secret.slice("whsec_".length)), (letter) => letter.charCodeAt(0));
  const key = await crypto.subtle.importKey("raw", raw, { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
  const mac = Uint8Array.from(atob(signature.replace(/^v1,/, "")), (letter) => letter.charCodeAt(0));
  const signed = new Uint8Array([...new TextEncoder().encode(head), ...body]);
  return await crypto.subtle.verify("HMAC", key, mac, signed);
}
