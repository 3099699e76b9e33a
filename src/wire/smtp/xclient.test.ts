import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { applyXclient, readXclient } from "./xclient.ts";
import { encodeXtext } from "./xtext.ts";

const front = { ip: "192.0.2.7", helo: "proxy", esmtp: true, login: "front" };

test("the client named takes the front's place", () => {
  const read = readXclient(
    "NAME=c.example ADDR=198.51.100.9 PORT=4711 PROTO=ESMTP HELO=c.example LOGIN=ann DESTADDR=192.0.2.1 DESTPORT=25",
  );
  assert.ok(read);
  assert.deepEqual(applyXclient(front, read), { ip: "198.51.100.9", helo: "c.example", esmtp: true, login: "ann" });
});

test("what is not named stays, what is unavailable goes, and an unknown address is the front's own", () => {
  assert.deepEqual(applyXclient(front, readXclient("PORT=1") ?? {}), { ip: "192.0.2.7", helo: "", esmtp: false, login: "front" });
  assert.deepEqual(applyXclient(front, readXclient("login=[unavailable] addr=[TEMPUNAVAIL]") ?? {}), {
    ip: "192.0.2.7",
    helo: "",
    esmtp: false,
  });
});

test("addresses have one spelling", () => {
  assert.equal(readXclient("ADDR=IPV6:2001:DB8:0::9")?.ip, "2001:db8::9");
  assert.equal(readXclient("ADDR=ipv6:::ffff:198.51.100.9")?.ip, "198.51.100.9");
});

test("a login survives the way in xtext", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", minLength: 1, maxLength: 60 }), (login) => {
      const read = readXclient(`LOGIN=${encodeXtext(login)}`);
      if (!/\p{Cc}/u.test(login) && !/^\[(temp)?unavail(able)?\]$/i.test(login)) assert.equal(read?.login, login);
    }),
  );
});

for (const text of [
  "",
  "ADDR",
  "ADDR=",
  "ADDR=host",
  "ADDR=1.2.3",
  "PORT=x",
  "PORT=65536",
  "PROTO=LMTP",
  "COLOUR=red",
  "HELO=a HELO=b",
  "LOGIN=a+0D+0Ab",
  "LOGIN=a+z",
])
  test(`"${text}" is malformed`, () => assert.equal(readXclient(text), undefined));
