/**
 * One message, one story: what the API tells a browser with a session, what it tells a program with a key, what the
 * command line prints and what the report to the sender says are the same, to the millisecond. On the real program.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { freePort } from "../outside/free-port.ts";
import { type Program, programMissing, startProgram, until } from "../outside/program.ts";
import { type Sink, startSink } from "../outside/sink.ts";
import { letter, Talk } from "../outside/talk.ts";

const skip = programMissing();

interface Told {
  readonly id: string;
  readonly messageId: string | null;
  readonly recipients: readonly {
    readonly to: string;
    readonly line: string;
    readonly now: { readonly k: string };
    readonly totalMs: number;
    readonly cause: string | null;
    readonly parts: readonly { readonly what: string; readonly ms: number }[];
    readonly steps: readonly { readonly at: string; readonly ms: number; readonly text: string; readonly quote: string | null }[];
    readonly remedy: { readonly who: string; readonly text: string } | null;
  }[];
}

const NOBODY = "550 5.1.1 <nobody@dest.example>: Recipient address rejected: User unknown in virtual mailbox table";
const BUSY = "450 4.2.2 <full@dest.example>: mailbox is over its quota";

let sink: Sink;
let program: Program;
let base: string;
let session: { readonly cookie: string; readonly csrf: string };
let key: string;

before(async () => {
  if (skip) return;
  sink = await startSink({
    onRcpt: (line) => (line.includes("nobody@") ? NOBODY : line.includes("full@") ? BUSY : undefined),
  });
  const port = await freePort();
  base = `http://127.0.0.1:${port}`;
  program = await startProgram({ upstreamPort: sink.port, args: ["--http", `127.0.0.1:${port}`] });
  session = await firstOwner();
  key = ((await asked("POST", "/api/v1/keys", { name: "monitoring", role: "operator" })) as { token: string }).token;
});

after(async () => {
  await program?.[Symbol.asyncDispose]();
  await sink?.[Symbol.asyncDispose]();
});

/** As a person does it: the code from the start's last lines, a password, a session. */
async function firstOwner(): Promise<typeof session> {
  const code = /#\/first\/([0-9A-Z-]+)/.exec(program.said.join("\n"))?.[1];
  assert.ok(code, `no code in:\n${program.said.join("\n")}`);
  const answer = await fetch(`${base}/api/v1/first/${code}`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: base },
    body: JSON.stringify({ name: "ann", password: "a long way to Tipperary" }),
  });
  assert.equal(answer.status, 200, await answer.clone().text());
  const { me } = (await answer.json()) as { me: { csrf: string; role: string } };
  assert.equal(me.role, "owner");
  return { cookie: (answer.headers.get("set-cookie") ?? "").split(";")[0] ?? "", csrf: me.csrf };
}

async function asked(method: "GET" | "POST", path: string, body?: unknown): Promise<unknown> {
  const answer = await fetch(base + path, {
    method,
    headers: { cookie: session.cookie, "fairlead-csrf": session.csrf, "content-type": "application/json", origin: base },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  assert.ok(answer.ok, `${path}: ${answer.status} ${await answer.clone().text()}`);
  return await answer.json();
}

async function withKey(path: string): Promise<unknown> {
  const answer = await fetch(base + path, { headers: { authorization: `Bearer ${key}` } });
  assert.ok(answer.ok, `${path}: ${answer.status} ${await answer.clone().text()}`);
  return await answer.json();
}

async function send(to: readonly string[], marker: string): Promise<string> {
  using talk = await Talk.greeted(program.port);
  return await talk.mail("anna@client.example", to, letter(marker));
}

async function came(id: string, state: string): Promise<Told> {
  return await until(`${id} ${state}`, async () => {
    const story = (await asked("GET", `/api/v1/messages/${id}`)) as Told;
    return story.recipients.every(({ now }) => now.k === state) && story;
  });
}

/** What does not change while one looks: a waiting message grows older. */
function settledPart(story: Told): unknown {
  return story.recipients.map(({ to, line, now, totalMs, steps, parts, cause, remedy }) =>
    now.k === "queued" ? { to, steps, cause, remedy } : { to, line, totalMs, steps, parts, cause, remedy },
  );
}

async function assertOneStory(id: string, state: string): Promise<Told> {
  const browser = await came(id, state);
  const socket = (await program.api(`/api/v1/messages/${id}`)) as Told;
  const ofKey = (await withKey(`/api/v1/messages/${id}`)) as Told;
  const cli = JSON.parse(program.cli("where", id, "--json").stdout) as Told;
  for (const [who, story] of [
    ["socket", socket],
    ["key", ofKey],
    ["command line", cli],
  ] as const)
    assert.deepEqual(settledPart(story), settledPart(browser), who);
  for (const { totalMs, parts, steps } of browser.recipients) {
    assert.equal(
      parts.reduce((sum, { ms }) => sum + ms, 0),
      totalMs,
      "the parts add up",
    );
    for (const step of steps) assert.equal(Date.parse(step.at) - Date.parse(steps[0]?.at ?? ""), step.ms, step.text);
  }
  return browser;
}

test("relayed mail: one story everywhere, and it never says more than is known", { skip }, async () => {
  const id = await send(["bob@dest.example"], "taken");
  const { recipients } = await assertOneStory(id, "relayed");
  const text = program.cli("where", id).stdout;
  assert.ok(text.includes(recipients[0]?.line ?? "-"), text);
  assert.doesNotMatch(recipients[0]?.line ?? "", /Delivered/);
});

test("waiting mail: the receiver's words, the next try, who can act", { skip }, async () => {
  const id = await send(["full@dest.example"], "waits");
  await until(
    "a first try",
    async () => ((await program.api(`/api/v1/messages/${id}`)) as Told).recipients[0]?.cause?.includes("450") === true,
  );
  const story = await assertOneStory(id, "queued");
  assert.ok(
    story.recipients[0]?.steps.some(({ quote }) => quote?.includes("over its quota")),
    JSON.stringify(story),
  );
  assert.match(story.recipients[0]?.line ?? "", /full/i);
});

test("bounced mail: the report to the sender tells the same cause and remedy, and names the message", { skip }, async () => {
  const id = await send(["nobody@dest.example"], "returned");
  const story = await assertOneStory(id, "bounced");
  const report = await until("the report", () =>
    sink.received.find(({ rcpts, content }) => rcpts.includes("anna@client.example") && content.includes(id)),
  );
  const text = report.content.toString("utf8").replace(/\r\n/g, "\n").replace(/\s+/g, " ");
  const [recipient] = story.recipients;
  assert.ok(recipient?.remedy && recipient.cause);
  assert.ok(text.includes("550 5.1.1"), text);
  assert.ok(text.includes(recipient.remedy.text.replace(/\s+/g, " ").replace(/\.$/, "")), `${recipient.remedy.text}\n\n${text}`);
});

test("refused mail: the reference in the reply finds its story", { skip }, async () => {
  using talk = await Talk.greeted(program.port);
  await talk.ask("MAIL FROM:<anna@client.example>", 250);
  await asked("POST", "/api/v1/suppressions", {
    entries: [{ address: "left@dest.example", why: "operator", detail: "asked to be left alone" }],
  });
  const refused = await talk.ask("RCPT TO:<left@dest.example>", "5");
  const reference = /\b([0-9A-Z]{16})\b/.exec(refused.lines.join(" "))?.[1];
  assert.ok(reference, refused.lines.join(" "));
  const story = await assertOneStory(reference, "refused");
  assert.equal(story.recipients[0]?.to, "left@dest.example");
  await asked("POST", "/api/v1/suppressions/remove", { addresses: ["left@dest.example"] });
  await talk.ask("RCPT TO:<left@dest.example>", 250);
});

test("with a public address, a report has a link that opens this one story to whoever holds it, until it is taken back", {
  skip,
}, async () => {
  await asked("POST", "/api/v1/settings/apply", { yaml: `panel: {publicUrl: "${base}"}`, dryRun: false });
  const id = await send(["nobody@dest.example"], "linked");
  await came(id, "bounced");
  const report = await until("the report", () => sink.received.find(({ content }) => content.includes(id) && content.includes("/s/")));
  const link = /http:\S+\/s\/\S+/.exec(report.content.toString("latin1"))?.[0];
  assert.ok(link, report.content.toString("latin1"));
  const page = await fetch(link);
  assert.equal(page.status, 200);
  const html = await page.text();
  assert.ok(html.includes("nobody@dest.example") && html.includes("no such mailbox"), html);
  assert.doesNotMatch(html, /<script/i);
  const headers = { cookie: session.cookie, "fairlead-csrf": session.csrf, origin: base };
  const gone = await fetch(`${base}/api/v1/messages/${id}/link`, { method: "DELETE", headers });
  assert.ok(gone.ok, await gone.text());
  assert.notEqual((await fetch(link)).status, 200);
});
