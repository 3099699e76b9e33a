/** What one visitor may hold of the door. Sockets that say where they come from stand in for strangers. */
import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import type { Server } from "node:http";
import { test } from "node:test";
import { systemClock } from "../../../base/clock.ts";
import { silentLog } from "../../../base/log.ts";
import type { Through } from "../asked.ts";
import { openDoor } from "./door.ts";

class Visit extends EventEmitter {
  destroyed = false;
  readonly remoteAddress: string | undefined;

  constructor(remoteAddress: string | undefined) {
    super();
    this.remoteAddress = remoteAddress;
  }

  destroy(): void {
    this.destroyed = true;
  }
}

/** Comes by, and how many of so many visits were let in. */
function doorOf(through: Through): (ip: string | undefined, visits: number) => readonly Visit[] {
  const server = new EventEmitter();
  openDoor(server as unknown as Server, {
    ...{ through, clock: systemClock, log: silentLog },
    publicUrl: () => "",
    loaded: () => undefined,
    answering: () => Promise.reject(new Error("nobody asks")),
  });
  return (ip, visits) =>
    Array.from({ length: visits }, () => {
      const visit = new Visit(ip);
      server.emit("connection", visit);
      return visit;
    });
}

const letIn = (visits: readonly Visit[]): number => visits.filter(({ destroyed }) => !destroyed).length;

test("one address beyond this machine holds 32 connections, of IPv6 one /64; each that ends makes room", () => {
  const come = doorOf({ door: "http", secure: true });
  const first = come("192.0.2.1", 40);
  assert.equal(letIn(first), 32);
  assert.equal(letIn(come("192.0.2.2", 5)), 5);
  assert.equal(letIn(come("::ffff:192.0.2.1", 1)), 0);
  assert.equal(letIn([...come("2001:db8::1", 20), ...come("2001:db8::2", 20)]), 32);
  first[0]?.emit("close");
  assert.equal(letIn(come("192.0.2.1", 2)), 1);
});

test("this machine, where a proxy may stand for many, and the node's own socket are not counted so", () => {
  const come = doorOf({ door: "http", secure: false });
  for (const ip of ["127.0.0.1", "::ffff:127.0.0.1", "127.0.0.7", "::1", undefined])
    assert.equal(letIn(come(ip, 100)), 100, ip ?? "no address");
  assert.equal(letIn(doorOf({ door: "socket" })(undefined, 100)), 100);
});
