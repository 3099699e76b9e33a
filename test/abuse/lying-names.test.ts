/** The real program with a name server of the test's: names lead where they should, and bad answers return no mail before its time. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { systemClock } from "../../src/base/clock.ts";
import { systemNetwork } from "../../src/base/system-network.ts";
import { type NameServer, openNameServer, Zone } from "../../src/wire/dns/name-server.ts";
import { type Program, programMissing, startProgram, until } from "../outside/program.ts";
import { type Sink, startSink } from "../outside/sink.ts";
import { letter, Talk } from "../outside/talk.ts";

const skip = programMissing();

const ZONE = new Zone(
  ".",
  {
    "relay.ours.test": { A: ["127.0.0.1"] },
    "null.test": { MX: ["0 ."] },
    "here.test": { MX: ["10 here.test"], A: ["127.0.0.1"], AAAA: ["::ffff:10.0.0.1"] },
    "implicit.test": { A: ["10.0.0.1"] },
    "broken.test": "SERVFAIL",
    "silent.test": "TIMEOUT",
    "half.test": { MX: ["10 mx.half.test"] },
    "mx.half.test": "SERVFAIL",
    "circle.test": { CNAME: ["circle.test"] },
    "many.test": { MX: Array.from({ length: 2_500 }, (_, n) => `${n} mx${n}.broken.test`) },
    "*.broken.test": "SERVFAIL",
  },
  { ttl: 0, negativeTtl: 0 },
);

let names: NameServer;
let sink: Sink;
let program: Program;

before(async () => {
  if (skip) return;
  names = await openNameServer({ network: systemNetwork(systemClock), clock: systemClock }, { ip: "127.0.0.1", port: 0 }, [ZONE]);
  sink = await startSink({});
  const routes = `routes:\n  ours.test: smtp://relay.ours.test:${sink.port}\n  other.test: smtp://listed.example:${sink.port}\n`;
  const dns = `dns:\n  servers: 127.0.0.1:${names.local.port}\n  hosts:\n    listed.example: 127.0.0.1\n`;
  program = await startProgram({ config: routes + dns });
});
after(async () => {
  await program?.[Symbol.asyncDispose]();
  await sink?.[Symbol.asyncDispose]();
  await names?.[Symbol.asyncDispose]();
});

async function send(to: string): Promise<string> {
  using talk = await Talk.greeted(program.port);
  return await talk.mail("anna@ours.test", [to], letter(to));
}

/** Its one recipient's state once it has one of these, or the last seen. */
async function state(id: string, wanted: readonly string[]): Promise<string> {
  const seen = async (): Promise<string> => (await program.story(id)).recipients[0]?.now.k ?? "";
  return await until(`${wanted.join(" or ")} of ${id}`, async () => ((k) => wanted.includes(k) && k)(await seen()), 30_000);
}

for (const to of ["bob@ours.test", "bob@other.test"])
  test(`mail for ${to} finds the host that its route names`, { skip }, async () => {
    assert.equal(await state(await send(to), ["relayed", "bounced"]), "relayed");
  });

for (const domain of ["gone.test", "null.test", "here.test", "implicit.test"])
  test(`mail for ${domain} is returned at once`, { skip }, async () => {
    assert.equal(await state(await send(`bob@${domain}`), ["bounced"]), "bounced");
  });

for (const domain of ["broken.test", "silent.test", "half.test", "circle.test", "many.test"])
  test(`mail for ${domain} waits, behind a way that is closed`, { skip }, async () => {
    const id = await send(`bob@${domain}`);
    await until(
      `the way to ${domain} closes`,
      async () => {
        const { lanes } = (await program.api("/api/v1/lanes")) as {
          readonly lanes: readonly { readonly site: string; readonly state: string }[];
        };
        return lanes.some((lane) => lane.site === `mx:${domain}` && lane.state === "closed");
      },
      40_000,
    );
    assert.equal(await state(id, ["queued", "bounced"]), "queued");
  });

test("the story says which server said what", { skip }, async () => {
  ZONE.set("told.test", "SERVFAIL");
  const id = await send("bob@told.test");
  const said = await until(
    "the reason",
    async () => {
      const { stdout } = program.cli("where", id);
      return /SERVFAIL from 127\.0\.0\.1/.test(stdout) && stdout;
    },
    30_000,
  );
  assert.match(said, /told\.test/);
});
