/**
 * A disk takes time: every call on the spool begins and ends a moment later, in order, by virtual time. So a node can
 * die between asking and committing, and between committing and hearing of it.
 */
import type { Clock } from "../../src/base/clock.ts";
import type { Random } from "../../src/base/random.ts";
import type { Spool } from "../../src/store/spool/spool.ts";

/** What a busy disk needs for a sync; now and then much more. */
const USUAL_MS = 3;
const SELDOM_MS = 400;
const SELDOM = 0.005;

export function slowSpool(spool: Spool, clock: Clock, random: Random): Spool {
  let free = 0;
  const turn = async <T>(call: () => Promise<T>): Promise<T> => {
    const takes = random.next() < SELDOM ? SELDOM_MS : USUAL_MS * random.next();
    free = Math.max(free, clock.mono()) + takes; // calls keep their order
    await clock.sleep(free - clock.mono());
    const result = await call().then(
      (value) => ({ value }),
      (thrown: unknown) => ({ thrown }),
    );
    await clock.sleep(USUAL_MS * random.next());
    if ("thrown" in result) throw result.thrown;
    return result.value;
  };
  const later = (call: () => void): void => void turn(async () => call());
  return {
    append: (submission) => turn(() => spool.append(submission)),
    apply: (changes, need, report) => turn(() => spool.apply(changes, need, report)),
    record: (event) => later(() => spool.record(event)),
    stage: (message, part, bytes) => {
      const kept = bytes.slice();
      return turn(() => spool.stage(message, part, kept));
    },
    unstage: (message) => later(() => spool.unstage(message)),
    due: (site, now, limit, perSender) => turn(() => spool.due(site, now, limit, perSender)),
    giveBack: (refs) => later(() => spool.giveBack(refs)),
    sites: () => turn(() => spool.sites()),
    message: (key) => turn(() => spool.message(key)),
    part: (key, part) => turn(() => spool.part(key, part)),
    find: (selector, limit, after) => turn(() => spool.find(selector, limit, after)),
    count: (selector) => turn(() => spool.count(selector)),
    ledger: () => turn(() => spool.ledger()),
    eventsOf: (message) => turn(() => spool.eventsOf(message)),
    eventsAfter: (seq, limit) => turn(() => spool.eventsAfter(seq, limit)),
    messagesOf: (address, limit) => turn(() => spool.messagesOf(address, limit)),
    health: () => spool.health(),
    heldGroups: (tenant, limit) => spool.heldGroups(tenant, limit),
    laneEvents: (site, since, until, limit) => spool.laneEvents(site, since, until, limit),
    onEvents: (listener) => spool.onEvents(listener),
    onHealth: (listener) => spool.onHealth(listener),
    opened: spool.opened,
    [Symbol.asyncDispose]: () => turn(async () => await spool[Symbol.asyncDispose]()),
  };
}
