/** A row says what is so now: what was in doubt and is held waits for a person, and no more for an answer. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { WallMs } from "../../base/clock.ts";
import type { MessageKey, NodeNumber, SenderKey, SiteKey, SourceName, TenantId } from "../../model/ids.ts";
import type { HistoryRow } from "../../store/history/history.ts";
import type { SpooledDelivery } from "../../store/spool/spool.ts";
import { deliveryRow, historyRow } from "./shapes.ts";

const AT = Date.parse("2026-03-03T09:52:00Z") as WallMs;
const NODE = 1 as NodeNumber;
const REF = { message: 4096 as MessageKey, rcpt: 0 };
const WHOSE = { sender: "a@s" as SenderKey, source: "s" as SourceName, tenant: "t" as TenantId };

const SENT: SpooledDelivery = {
  ...{ ref: REF, version: 3, state: "queued", ...WHOSE, mailFrom: "a@shop.example", address: "b@x.example", domain: "x.example" },
  ...{ class: "normal", site: "mx:x.example" as SiteKey, bytes: 9, acceptedAt: AT, expiresAt: AT, dueAt: AT, attempts: 1 },
  ...{ sentAt: AT, body: "7bit", smtpUtf8: false, delayTold: false },
};

const DOUBTED: HistoryRow = {
  ...{ ref: REF, at: AT, state: "queued", inDoubt: true, possiblyTwice: false, from: "a@shop.example", to: "b@x.example", ...WHOSE },
  ...{ recipients: 1, attempts: 1, changedAt: AT },
};

for (const [state, inDoubt] of [
  ["queued", true],
  ["held", false],
] as const)
  test(`what was sent and not answered is ${inDoubt ? "" : "not "}in doubt while it is ${state}`, () => {
    const open = deliveryRow({ ...SENT, state }, NODE);
    const past = historyRow({ ...DOUBTED, state }, NODE, AT);
    assert.deepEqual([open.state, open.inDoubt, past.state, past.inDoubt], [state, inDoubt, state, inDoubt]);
  });
