/** Orders about ways out, addresses and upstreams: done at once, each with the undo that there is. */
import type { InputOf } from "../../../src/control/api/routes.ts";
import { toast } from "../frame/notices.ts";
import { sayProblem } from "./actions.ts";
import { call } from "./client.ts";
import type { EgressRow, PoolRow, UpstreamRow } from "./shapes.ts";

interface Done {
  readonly text: string;
  readonly cli?: string;
  /** Orders what takes it back. */
  readonly back?: () => Promise<unknown>;
}

/** Says what was done, with an undo. `after` is told of both. */
export function told({ text, cli, back }: Done, after: () => void): void {
  toast({
    text,
    ...(cli === undefined ? {} : { cli }),
    ...(back === undefined ? {} : { undo: () => void back().then(() => told({ text: "It is as it was before." }, after), sayProblem) }),
  });
  after();
}

/** What somebody set of an address, as an order sets it again. */
function settingsOf({ name, helo, ip4, ip6, state, forDomains }: EgressRow): InputOf<"addEgress"> {
  return { name, helo, ip4: ip4 ?? undefined, ip6: ip6 ?? undefined, state, ...domains(forDomains) };
}

/** A list without domains is not sent: it stands for what a new way has by itself. */
function domains(forDomains: readonly string[]): { readonly forDomains?: readonly string[] } {
  return forDomains.length === 0 ? {} : { forDomains };
}

/** @throws {ApiProblem} for the form to show */
export async function addEgress(egress: InputOf<"addEgress">, after: () => void): Promise<void> {
  await call("addEgress", egress);
  const { name } = egress;
  told({ text: `Mail may leave by ${name} now.`, back: () => call("removeEgress", { name }) }, after);
}

/** @throws {ApiProblem} for the form to show */
export async function setEgress(change: InputOf<"setEgress">, before: EgressRow, after: () => void): Promise<void> {
  await call("setEgress", change);
  told({ text: `${before.name} is changed.`, back: () => call("setEgress", settingsOf(before)) }, after);
}

export async function drainEgress(egress: EgressRow, after: () => void): Promise<void> {
  const { name, queued } = egress;
  try {
    await call("drainEgress", { name });
    const waits = queued === 0 ? "" : ` ${queued} that wait for it still leave by it.`;
    told(
      { text: `${name} gets no more new mail.${waits}`, cli: `egress drain ${name}`, back: () => call("setEgress", settingsOf(egress)) },
      after,
    );
  } catch (thrown) {
    sayProblem(thrown);
  }
}

export async function undrainEgress({ name }: EgressRow, after: () => void): Promise<void> {
  try {
    await call("undrainEgress", { name });
    told({ text: `${name} gets new mail again.`, cli: `egress drain ${name} --undo`, back: () => call("drainEgress", { name }) }, after);
  } catch (thrown) {
    sayProblem(thrown);
  }
}

export async function removeEgress(egress: EgressRow, after: () => void): Promise<void> {
  const { name } = egress;
  try {
    await call("removeEgress", { name });
    const text = `Mail leaves by ${name} no more; what waited for it goes another way.`;
    told({ text, cli: `egress remove ${name}`, back: () => call("addEgress", settingsOf(egress)) }, after);
  } catch (thrown) {
    sayProblem(thrown);
  }
}

/** @throws {ApiProblem} for the form to show */
export async function setPool(pool: InputOf<"setPool">, before: PoolRow | undefined, after: () => void): Promise<void> {
  await call("setPool", pool);
  const { name } = pool;
  const back = (): Promise<unknown> =>
    before === undefined ? call("removePool", { name }) : call("setPool", { name, members: before.members });
  told({ text: before === undefined ? `There is a pool ${name} now.` : `The pool ${name} is changed.`, back }, after);
}

export async function removePool({ name, members }: PoolRow, after: () => void): Promise<void> {
  try {
    await call("removePool", { name });
    told({ text: `There is no pool ${name} any more.`, cli: `pool remove ${name}`, back: () => call("setPool", { name, members }) }, after);
  } catch (thrown) {
    sayProblem(thrown);
  }
}

/** @throws {ApiProblem} for the form to show */
export async function setUpstream(order: InputOf<"setUpstream">, before: UpstreamRow | undefined, after: () => void): Promise<void> {
  await call("setUpstream", order);
  const { name } = order;
  if (before === undefined) return told({ text: `Mail may leave by ${name} now.`, back: () => call("removeUpstream", { name }) }, after);
  // A password that was replaced is not known any more.
  const secret = order.password !== undefined || order.user === null;
  told({ text: `${name} is changed.`, ...(secret ? {} : { back: () => call("setUpstream", upstreamOf(before)) }) }, after);
}

/** Without its login, which stays as it is. */
function upstreamOf({ name, place, tls, cost, hour, day, state, forDomains }: UpstreamRow): InputOf<"setUpstream"> {
  const at = place.lastIndexOf(":");
  const where = { name, host: place.slice(0, at), port: Number(place.slice(at + 1)), tls };
  return { ...where, cost, perHour: hour.most, perDay: day.most, state, ...domains(forDomains) };
}

/** Without a login it can be added again as it was. */
export async function removeUpstream(upstream: UpstreamRow, after: () => void): Promise<void> {
  const { name, user } = upstream;
  try {
    await call("removeUpstream", { name });
    const back = user === null ? { back: () => call("setUpstream", upstreamOf(upstream)) } : {};
    told({ text: `Mail leaves by ${name} no more; what waited for it goes another way.`, cli: `upstream remove ${name}`, ...back }, after);
  } catch (thrown) {
    sayProblem(thrown);
  }
}
