/** The configuration as its writer meets it: what is taken, and the exact words for what is not. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { type Config, type ConfigFlags, faultText, publicConfig, reference, resolveConfig } from "./config.ts";

const NAMES =
  "data, hostname, listeners, allow, iKnowThisIsWide, upstream, routes, egress, upstreams, pools, choice, destinations, dns, returnPath, tlsReports, tls, limits, outgoing, retry, spool, http, control, logLevel";
const PERCENT = "in user and password write @ as %40, : as %3A, / as %2F, ? as %3F, # as %23, % as %25";

function accepted(fileText: string, flags: ConfigFlags = {}): Config {
  const resolved = resolveConfig({ flags, fileText, fileName: "f", machineName: "Relay.Example.net" });
  assert.ok(resolved.ok, resolved.ok ? "" : resolved.errors.map(faultText).join("\n"));
  return resolved.config;
}

function refused(fileText: string | undefined, flags: ConfigFlags = {}): readonly string[] {
  const resolved = resolveConfig({ flags, ...(fileText !== undefined && { fileText }), fileName: "f" });
  return resolved.ok ? [] : resolved.errors.map(faultText);
}

/** File, and all that is said about it, in order. */
const WRONG: readonly (readonly [file: string, ...faults: string[]])[] = [
  ["listeners:\n  - smtp: 0.0.0.0:25\n  - smtp: 25", 'f:3: listeners[1].smtp must be HOST:PORT, for example 0.0.0.0:25 (got "25")'],
  [
    "listeners:\n  - smtp: mail.example.net:25",
    'f:2: listeners[0].smtp must be HOST:PORT, for example 0.0.0.0:25 (got "mail.example.net:25")',
  ],
  ["listeners:\n  - smtp: 0.0.0.0:70000", 'f:2: listeners[0].smtp must be HOST:PORT, for example 0.0.0.0:25 (got "0.0.0.0:70000")'],
  ["listeners:\n  - smtp: ::1:25", 'f:2: listeners[0].smtp must be HOST:PORT, for example 0.0.0.0:25 (got "::1:25")'],
  [
    "listeners:\n  - name: a",
    "f:2: listeners[0] says no address; write one of smtp, submission, submissions, for example smtp: 0.0.0.0:25",
  ],
  [
    "listeners:\n  - smtp: 0.0.0.0:25\n    submission: 0.0.0.0:587",
    "f:2: listeners[0] has smtp and submission; begin an item of its own (-) for each",
  ],
  ["listeners:\n  - smtp: 0.0.0.0:25\n  - submission: 0.0.0.0:25", "f:3: listeners[1] has 0.0.0.0:25, as another has"],
  ["listeners:\n  - {smtp: 127.0.0.1:25, name: a}\n  - {smtp: 127.0.0.2:25, name: a}", "f:3: listeners[1] has the name a, as another has"],
  [
    "listeners:\n  - submissions: 0.0.0.0:465\n    tls: none",
    "f:2: listeners[0] is submissions, which is TLS from the first byte, without TLS; use submission, or leave tls out",
  ],
  [
    "listeners:\n  - smtp: 0.0.0.0:25\n    tls: always",
    'f:3: listeners[0].tls must be one of starttls, implicit, none, for example starttls (got "always")',
  ],
  [
    "dns:\n  servers: [resolver.example.net, 192.0.2.53:0]",
    'f:2: dns.servers[0] must be an IP address, or IP:PORT, for example 192.0.2.53 (got "resolver.example.net")',
    'f:2: dns.servers[1] must be an IP address, or IP:PORT, for example 192.0.2.53 (got "192.0.2.53:0")',
  ],
  [
    "dns:\n  servers: [192.0.2.1, 192.0.2.2, 192.0.2.3, 192.0.2.4]",
    "f:2: dns.servers has 4 servers; write 3 at most: each that is silent makes a look-up longer",
  ],
  [
    "dns:\n  hosts:\n    a b: 192.0.2.1\n    c.example: relay.example",
    "f:3: dns.hosts.a b is no host name, for example relay.example.net",
    'f:4: dns.hosts.c.example must be an IP address, for example 192.0.2.53 (got "relay.example")',
  ],
  ["listeners:\n", "f:1: listeners has no value; write [] for none, or remove the line"],
  [
    "allow: 0.0.0.0/0",
    "f:1: allow[0] 0.0.0.0/0 is wider than /16: everybody in it could send through this server; name the networks, or write iKnowThisIsWide: true",
  ],
  [
    "allow:\n  - 10.1.0.0/16\n  - 2001::/16",
    "f:3: allow[1] 2001::/16 is wider than /32: everybody in it could send through this server; name the networks, or write iKnowThisIsWide: true",
  ],
  [
    "allow: [192.0.2.9/24]",
    "f:1: allow[0] 192.0.2.9/24 has bits set outside its mask: write 192.0.2.0/24 for the range, or 192.0.2.9 for the one address",
  ],
  ["allow: [192.0.2.0/33]", 'f:1: allow[0] must be an address or range, for example 192.0.2.0/24 (got "192.0.2.0/33")'],
  ["allow:\n  net: 1", "f:2: allow must be an address or range, not a section"],
  ["limits:\n  messageSize: 50", 'f:2: limits.messageSize must be a size from 64 KB to 1 GB, for example 50 MB (got "50")'],
  [
    "limits:\n  recipiants: 7\n  connections: 0",
    "f:2: limits.recipiants is not a setting; did you mean recipients?",
    'f:3: limits.connections must be a whole number from 1 to 50000, for example 1000 (got "0")',
  ],
  ["limits: 7", "f:1: limits must be settings as NAME: VALUE, with the names messageSize, recipients, connections, connectionsPerAddress"],
  ["retry:\n  schedule: [1m, 5]", 'f:2: retry.schedule[1] must be a time from 1s to 7d, for example 15m (got "5")'],
  ["retry:\n  schedule: []", "f:2: retry.schedule has 0 waits; write 1 to 50"],
  ["retry:\n  expire: three days", 'f:2: retry.expire must be a time from 1s to 30d, for example 3d (got "three days")'],
  ["tlsReports:\n  send: true", "f:2: tlsReports sends reports without a contact; add contact: with an address that somebody reads"],
  [
    "tlsReports: {contact: tls, from: a@b}",
    'f:1: tlsReports.contact must be a mail address, for example postmaster@example.net (got "tls")',
    'f:1: tlsReports.from must be a mail address, for example tls-reports@example.net (got "a@b")',
  ],
  ["hostname: a b", 'f:1: hostname must be a host name, for example relay.example.net (got "a b")'],
  ["hostname:", "f:1: hostname has no value; write a host name, or remove the line"],
  ["hostname: [a]", "f:1: hostname must be a host name, not a list"],
  ["tls:\n  certificate: a.pem", "f:2: tls has no key; give both, or neither for a self-signed one"],
  [
    "upstream: mail.example.net",
    "f:1: upstream must be smtp://[USER:PASS@]HOST[:PORT] or smtps://…, for example smtp://USER:PASS@mail.example.net:587",
  ],
  ["upstream: smtp://ann:p@ss@mail.example.net", `f:1: upstream is no URL: ${PERCENT}`],
  ["upstream: smtp://ann:p%ss@mail.example.net", "f:1: upstream has a % in user or password that begins no %XX: write it as %25"],
  ["upstream: smtp://ann@mail.example.net", "f:1: upstream must have both user and password before the @, as USER:PASS@"],
  ["upstream: smtp://:25", "f:1: upstream names no host"],
  ["upstream: smtp://mail.example.net:99999", "f:1: upstream has the port 99999; ports end at 65535"],
  [
    "upstream: smtp://mail.example.net?tls=maybe",
    "f:1: upstream has something unknown behind the ?; known is ?tls= with one of opportunistic, required, implicit, never",
  ],
  [
    "upstream: smtp://ann:secret@mail.example.net?tls=never",
    "f:1: upstream would send the password without TLS: use tls=required, or smtps://",
  ],
  ["upstream: smtps://mail.example.net?tls=required", "f:1: upstream says smtps and tls=required: choose one"],
  ["routes:\n  example: smtp://a.example", "f:2: routes.example is no domain, for example example.org"],
  ["routes:\n  example.org: smtp://bad host", 'f:2: routes.example.org names "bad host", which is no host name'],
  [
    "destinations:\n  gogle: {connections: 3}\n  Example.org: {connections: 0}\n  google: {perHour: 7}\n  yahoo: {}",
    "f:2: destinations.gogle is no provider's key, domain or HOST:PORT, for example google; did you mean google?",
    'f:3: destinations.Example.org.connections must be a whole number from 1 to 1000, for example 5 (got "0")',
    "f:4: destinations.google.perHour is not a setting; known here: connections, perMinute, perConnection, recipients",
    "f:5: destinations.yahoo limits nothing; write one of connections, perMinute, perConnection, recipients",
  ],
  ["lisener: 1", "f:1: lisener is not a setting; did you mean listeners?"],
  ["colour: red", `f:1: colour is not a setting; known here: ${NAMES}`],
  ["data: a\ndata: b", "f:2: data is set twice, first in line 1"],
  ["- data", `f:1: this line must be settings as NAME: VALUE, with the names ${NAMES}`],
  ["data: a\n\tlogLevel: info", "f:2: this line is indented by a tab: YAML takes spaces only"],
  [
    "limits:\n   connections: 7\n  recipients: 200",
    "f:3: this line is indented differently from what it belongs to, or a bracket above is not closed",
  ],
  ["data: a\n---\ndata: b", "f:2: this line begins a second document (---): one file holds one configuration"],
  ["data: &x a", "f:1: this line defines the anchor &x; write the value where it belongs"],
  ["data: !path a", "f:1: this line uses the tag !path; write the value without it"],
  ["[".repeat(5000), "f: the file is nested too deeply"],
  ["x".repeat(2_000_000), "f: the file has 2000000 characters; a configuration has at most 1048576"],
];

for (const [file, ...faults] of WRONG)
  test(`${JSON.stringify(file.slice(0, 60))} is refused in words`, () => assert.deepEqual(refused(file), faults));

const WRONG_FLAGS: readonly (readonly [flags: ConfigFlags, ...faults: string[]])[] = [
  [{ smtp: ["25"] }, '--smtp must be HOST:PORT, for example 0.0.0.0:25 (got "25")'],
  [
    { allow: ["0.0.0.0/0"] },
    "--allow 0.0.0.0/0 is wider than /16: everybody in it could send through this server; name the networks, or add --i-know",
  ],
  [{ upstream: "smtp://ann:hunter2@" }, "--upstream names no host"],
  [
    { lab: true, smtp: ["0.0.0.0:25"], upstream: "smtp://a.example" },
    "--lab cannot go with --smtp; the lab opens no real sockets for mail; leave one of them out",
    "--lab cannot go with --upstream; the lab opens no real sockets for mail; leave one of them out",
  ],
  [{ data: "" }, "--data must be a path, for example /var/lib/fairlead"],
];

for (const [flags, ...faults] of WRONG_FLAGS)
  test(`the flags ${JSON.stringify(flags)} are refused in words`, () => assert.deepEqual(refused(undefined, flags), faults));

test("faults of flags come before those of the file, and all of both are told", () => {
  assert.equal(refused("lisener: 1\nretry: 1\nhostname: 'x y'", { smtp: ["1"], http: "2" }).length, 5);
});

test("nothing written means this machine only, on an unprivileged port, by MX", () => {
  const config = accepted("");
  assert.deepEqual(config.listeners, [
    {
      kind: "smtp",
      name: "smtp-2525",
      at: { ip: "127.0.0.1", port: 2525 },
      tls: "starttls",
      auth: "tls-only",
      proxyFrom: [],
      xclientFrom: [],
    },
  ]);
  assert.deepEqual(
    config.allow.map(({ address, bits }) => `${address}/${bits}`),
    ["127.0.0.0/8", "::1/128"],
  );
  assert.equal(config.upstream, undefined);
  assert.equal(config.hostname, "relay.example.net");
  assert.equal(config.controlSocket, "data/control.sock");
  assert.equal(config.limits.messageBytes, 50 * 1024 * 1024);
});

test("a file is taken as it reads", () => {
  const config = accepted(`
data: /var/lib/fairlead
hostname: Out.Example.org
listeners:
  - smtp: "[::]:25"
    proxyFrom: 10.0.0.1
  - submissions: 0.0.0.0:465
    name: desk
allow: [192.0.2.0/24, 198.51.100.7]
upstream: smtps://us%40er:p%3Aw@mail.example.net
routes:
  EXAMPLE.org.: smtp://[2001:db8::1]:2525
limits: {messageSize: 1.5 MB, recipients: 100}
retry:
  schedule: [30s, 1h30m]
  expire: 5d
spool:
  keepFree: 512 MB
`);
  assert.equal(config.hostname, "out.example.org");
  assert.deepEqual(
    config.listeners.map(({ name, at, tls }) => [name, at.ip, at.port, tls]),
    [
      ["smtp-25", "::", 25, "starttls"],
      ["desk", "0.0.0.0", 465, "implicit"],
    ],
  );
  assert.deepEqual(config.listeners[0]?.proxyFrom, [{ address: "10.0.0.1", family: 4, bits: 32 }]);
  assert.deepEqual(config.upstream, { host: "mail.example.net", port: 465, tls: "implicit", login: { user: "us@er", password: "p:w" } });
  assert.deepEqual(config.routes.get("example.org"), { host: "2001:db8::1", port: 2525, tls: "opportunistic" });
  assert.equal(config.limits.messageBytes, 1_572_864);
  assert.deepEqual(config.retry.scheduleMs, [30_000, 5_400_000]);
  assert.equal(config.retry.expireMs, 5 * 86_400_000);
  assert.equal(config.spool.keepFreeBytes, 512 * 1024 * 1024);
  assert.equal(config.controlSocket, "/var/lib/fairlead/control.sock");
});

test("flags win over the file, and add to its lists without repeating them", () => {
  const file = "data: a\nupstream: smtp://a.example\nallow: 10.0.0.0/24\nlisteners:\n  - smtp: 127.0.0.1:2600\n    name: mine";
  const config = accepted(file, {
    data: "b",
    upstream: "smtp://b.example",
    allow: ["10.0.0.0/24", "10.0.1.0/24"],
    smtp: ["127.0.0.1:2600", "127.0.0.1:2601"],
  });
  assert.equal(config.data, "b");
  assert.equal(config.upstream?.host, "b.example");
  assert.deepEqual(
    config.allow.map(({ address }) => address),
    ["10.0.0.0", "10.0.1.0"],
  );
  assert.deepEqual(
    config.listeners.map(({ name }) => name),
    ["mine", "smtp-2601"],
  );
});

test("a wide range is taken once somebody says that it is meant", () => {
  assert.equal(accepted("", { allow: ["0.0.0.0/0"], iKnow: true }).allow.length, 1);
  assert.equal(accepted("allow: [10.0.0.0/8]\niKnowThisIsWide: true").allow.length, 1);
});

test("name servers are addresses, with a port where it is another; hosts have one address or more", () => {
  const { dns } = accepted(
    "dns:\n  servers: [127.0.0.1, '[2001:db8::53]:5353']\n  validating: 192.0.2.53\n  hosts:\n    MX.example.org: [192.0.2.1, 2001:db8::1]\n    b: 192.0.2.2",
  );
  assert.deepEqual(dns, {
    servers: [
      { ip: "127.0.0.1", port: 53 },
      { ip: "2001:db8::53", port: 5353 },
    ],
    validating: ["192.0.2.53"],
    hosts: new Map([
      ["mx.example.org", ["192.0.2.1", "2001:db8::1"]],
      ["b", ["192.0.2.2"]],
    ]),
  });
  assert.deepEqual(accepted("").dns, { servers: [], validating: [], hosts: new Map() });
});

test("a login is sent under TLS only, but for this machine itself", () => {
  const tlsOf = (url: string): string | undefined => accepted("", { upstream: url }).upstream?.tls;
  assert.equal(tlsOf("smtp://u:p@mail.example.net"), "required");
  assert.equal(tlsOf("smtp://u:p@127.0.0.1:2600"), "opportunistic");
  assert.equal(tlsOf("smtp://mail.example.net"), "opportunistic");
  assert.equal(tlsOf("smtp://mail.example.net?tls=never"), "never");
});

test("the port of an upstream follows from what is said of it", () => {
  const portOf = (url: string): number | undefined => accepted("", { upstream: url }).upstream?.port;
  assert.equal(portOf("smtp://a.example"), 25);
  assert.equal(portOf("smtp://u:p@a.example"), 587);
  assert.equal(portOf("smtps://a.example"), 465);
  assert.equal(portOf("smtp://a.example?tls=implicit"), 465);
});

test("no password is ever printed: neither from a good configuration nor in a fault", () => {
  const config = accepted("upstream: smtp://u:hunter2@a.example\nroutes:\n  b.example: smtp://u:hunter2@c.example");
  assert.doesNotMatch(JSON.stringify(publicConfig(config)), /hunter2/);
  for (const url of [
    "smtp://u:hunter2@",
    "smtp://u:hunter2@a b",
    "smtp://u:hunter2@a:99999",
    "smtp://u:hunter2?x@a",
    "smtp://u:hun/hunter2@a",
    "smtp://u:hunter2@a?tls=never",
    "u:hunter2@a",
    "smtp://u:1?hunter2",
  ])
    assert.doesNotMatch(refused(undefined, { upstream: url }).join(), /hunter2/, url);
});

test("limits are written by provider, domain or upstream, in one form each", () => {
  const { destinations } = accepted(
    "destinations:\n  Google: {connections: 3}\n  Example.ORG.: {perMinute: 60}\n  Relay.example.net:0587: {perConnection: 7}\n  '[2001:DB8::1]:25': {recipients: 9}",
  );
  const none = { connections: undefined, perMinute: undefined, perConnection: undefined, recipients: undefined };
  assert.deepEqual(
    [...destinations],
    [
      ["google", { ...none, connections: 3 }],
      ["example.org", { ...none, perMinute: 60 }],
      ["relay.example.net:587", { ...none, perConnection: 7 }],
      ["[2001:db8::1]:25", { ...none, recipients: 9 }],
    ],
  );
  for (const name of ["a b", "relay.example.net:0", "relay.example.net:70000", "example", ":25"])
    assert.match(refused(`destinations:\n  "${name}": {connections: 3}`).join(), /is no provider's key/, name);
});

test("ways out are read as one plan, and what does not fit together is told with its line", () => {
  const { ways } = accepted(
    [
      "hostname: relay.example.net",
      "egress:",
      "  out1: {ip4: 192.0.2.10, ip6: 2001:db8::10, helo: out1.example.net}",
      "  out2: {ip4: 192.0.2.11, state: warming}",
      "upstreams:",
      "  ses: {url: smtp://u:p@mail.example.com, perHour: 500, cost: 0.1, forDomains: [Shop.Example]}",
      "pools:",
      "  default: [out1=3, out2]",
      "  bulk: ses",
      "choice:",
      "  - class bulk and to gmail.com -> bulk",
    ].join("\n"),
  );
  assert.partialDeepStrictEqual(ways.ways, [
    { is: "address", egress: { name: "out1", helo: "out1.example.net", ip4: "192.0.2.10", ip6: "2001:db8::10" }, state: "in-use" },
    { is: "address", egress: { name: "out2", helo: "relay.example.net", ip4: "192.0.2.11" }, state: "warming" },
    { is: "upstream", name: "ses", upstream: { port: 587, tls: "required" }, perHour: 500, cost: 0.1, forDomains: ["shop.example"] },
  ]);
  assert.deepEqual(ways.pools[0], {
    name: "default",
    members: [
      { name: "out1", weight: 3 },
      { name: "out2", weight: 1 },
    ],
  });
  assert.deepEqual(ways.rules[0]?.when, [
    { is: "class", value: "bulk" },
    { is: "to", value: "gmail.com" },
  ]);
  const faults: readonly [string, RegExp][] = [
    ["pools:\n  bulk: [out9]", /^f:2: pools\.bulk names out9, and there is no such way out; add it, or remove it here$/],
    ["choice:\n  - class bulk -> bulk", /^f:2: choice\[0\] names the pool bulk, and there is no such pool/],
    ["choice: class heavy -> default", /names the class heavy; classes are report, transactional, normal, forward, bulk/],
    ["egress:\n  out1: {ip4: 192.0.2.1}\n  out2: {ip4: 192.0.2.1}", /^f:3: egress\.out2 has 192\.0\.2\.1, as out1 has/],
    ["egress:\n  default: {ip4: 192.0.2.1}", /egress\.default is no name of small letters/],
    ["upstreams:\n  ses: {cost: 1}", /upstreams\.ses has no url/],
    ["egress:\n  out1: {ip4: '2001:db8::1'}", /ip4 must be an IPv4 address/],
  ];
  for (const [text, fault] of faults) assert.match(refused(text).join("\n"), fault, text);
});

test("the reference, uncommented, says what no file says", () => {
  const text = reference().replace(/^#(?!#)/gm, "");
  assert.deepEqual(accepted(text), accepted(""));
  assert.match(text, /^ {2}messageSize: 50 MB$/m);
});

test("docs/settings.yaml is what the schema says now", () => {
  const file = new URL("../../../docs/settings.yaml", import.meta.url);
  if (process.env["FAIRLEAD_REWRITE"]) writeFileSync(file, reference());
  assert.equal(readFileSync(file, "utf8"), reference(), "./fairlead test --rewrite config");
});

test("no text at all throws", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.string({
          unit: fc.constantFrom("a", ":", " ", "\n", "-", "[", "{", "}", "]", "\t", "'", '"', "&", "*", "!", "#", ",", "?", "|", ">"),
        }),
      ),
      (text) => void refused(text),
    ),
    { numRuns: 2000 },
  );
});
