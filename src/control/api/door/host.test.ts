/** Names that are ours, and names that another site leads a browser here by. */
import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { test } from "node:test";
import { misdirected } from "./host.ts";

const PUBLIC = "https://Relay.Example.net:8443/";

function asked(host: string | readonly string[] | undefined, url = "/", secure = false, publicUrl = PUBLIC): number {
  const hosts = host === undefined ? undefined : [host].flat();
  const request = {
    url,
    method: "GET",
    httpVersion: hosts === undefined ? "1.0" : "1.1",
    headersDistinct: hosts === undefined ? {} : { host: hosts },
  };
  return misdirected(request as unknown as IncomingMessage, publicUrl, secure)?.status ?? 200;
}

const HOSTS = [
  ["127.0.0.1:8080", 200],
  ["127.0.0.1", 200],
  ["192.0.2.1:8080", 200],
  ["[::1]:8080", 200],
  ["[2001:db8::1]", 200],
  ["localhost:8080", 200],
  ["LOCALHOST", 200],
  ["relay.example.net", 200],
  ["RELAY.example.net:8443", 200],
  ["relay.example.net.", 200],
  [undefined, 200],
  ["evil.example", 421],
  ["evil.example:8080", 421],
  ["127.0.0.1.evil.example", 421],
  ["localhost.evil.example", 421],
  ["a.relay.example.net", 421],
  ["relay.example.net.evil.example", 421],
  ["2130706433", 421],
  ["0x7f.1", 421],
  ["127.1", 421],
  ["::1", 421],
  ["[::1", 421],
  ["[::1%lo]", 421],
  ["relay.example.net@evil.example", 421],
  ["relay.example.net:80:80", 421],
  ["relay.example.net/", 421],
  ["", 421],
  [" ", 421],
  ["a".repeat(10_000), 421],
  [["127.0.0.1", "evil.example"], 400],
] as const;
for (const [host, want] of HOSTS) test(`Host ${JSON.stringify(host)?.slice(0, 60)} is ${want}`, () => assert.equal(asked(host), want));

test("without a configured name only addresses are ours; over TLS the certificate decides", () => {
  assert.equal(asked("relay.example.net", "/", false, ""), 421);
  assert.equal(asked("relay.example.net", "/", false, "not a url"), 421);
  assert.equal(asked("other.example", "/", true), 200);
  assert.equal(asked(["a", "b"], "/", true), 400);
});

test("whoever takes us for a proxy is told that this is none", () => {
  for (const url of ["http://127.0.0.1/api/v1/health", "//x", "evil.example:443", "*", ""])
    assert.equal(asked("127.0.0.1", url), url.startsWith("/") ? 200 : 400, url);
});
