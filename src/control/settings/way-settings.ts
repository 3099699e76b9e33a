/** The ways out among the settings: from documents to what `relay/egress` takes, and what is wrong between them. */
import { DEFAULT_EGRESS, EGRESS_STATES, type EgressName, type EgressState, isEgressName } from "../../model/egress.ts";
import { type ChoiceRule, type Pool, planFaults, readChoiceRule, readMember, type Way, type WayPlan } from "../../relay/egress/egress.ts";
import { readCost, readDomain, readUpstream } from "../config/config.ts";
import type { ChoiceSetting, EgressSetting, PoolSetting, UpstreamSetting } from "./settings-schema.ts";

/** Kinds of settings that make up the plan. */
export const wayKinds: readonly string[] = ["egress", "upstream", "pool", "choice"];

export function upstreamSecret(name: string): string {
  return `upstream/${name}`;
}

type Document =
  | { readonly kind: "egress"; readonly key: string; readonly value: EgressSetting }
  | { readonly kind: "upstream"; readonly key: string; readonly value: UpstreamSetting }
  | { readonly kind: "pool"; readonly key: string; readonly value: PoolSetting }
  | { readonly kind: "choice"; readonly key: string; readonly value: ChoiceSetting };

export interface ReadWays extends Pick<WayPlan, "ways" | "pools" | "rules"> {
  /** Upstreams that have a user and no password: they take no mail. */
  readonly withoutPassword: readonly string[];
}

/** What cannot be read is left out. `passwordOf` finds an upstream's, by its name. */
export function waysOfSettings(
  documents: readonly { readonly kind: string; readonly key: string; readonly value: unknown }[],
  hostname: string,
  passwordOf: (name: string) => string | undefined,
): ReadWays {
  const mine = documents.filter(isWayDocument);
  const withoutPassword = mine.flatMap((one) =>
    one.kind === "upstream" && one.value.user !== undefined && passwordOf(one.key) === undefined ? [one.key] : [],
  );
  return {
    ways: mine.flatMap((one) => wayOf(one, hostname, passwordOf)),
    pools: mine.flatMap(poolOf),
    rules: mine.flatMap(rulesOf),
    withoutPassword,
  };
}

function isWayDocument(document: { readonly kind: string; readonly key: string; readonly value: unknown }): document is Document {
  return wayKinds.includes(document.kind);
}

function wayOf(document: Document, hostname: string, passwordOf: (name: string) => string | undefined): readonly Way[] {
  if (!isEgressName(document.key)) return [];
  const name: EgressName = document.key;
  if (document.kind === "egress") {
    const { helo = hostname, ip4, ip6, state, forDomains } = document.value;
    const egress = { name, helo: helo.toLowerCase(), ...(ip4 !== undefined && { ip4 }), ...(ip6 !== undefined && { ip6 }) };
    return [{ is: "address", egress, state: stateOf(state), ...domainsOf(forDomains) }];
  }
  if (document.kind !== "upstream") return [];
  const { url = "", user, perHour, perDay, cost, state, forDomains } = document.value;
  const password = user === undefined ? undefined : passwordOf(name);
  const upstream = readUpstream(url, user === undefined ? "no login" : { user, password: password ?? "" });
  if (upstream === undefined || "refused" in upstream) return [];
  const quota = { ...(perHour !== undefined && { perHour: Number(perHour) }), ...(perDay !== undefined && { perDay: Number(perDay) }) };
  // Without its password it would be refused mail by mail: it is none until it has one.
  const usable = user === undefined || password !== undefined ? stateOf(state) : "out";
  return [{ is: "upstream", name, upstream, state: usable, cost: readCost(cost ?? "0") ?? 0, ...quota, ...domainsOf(forDomains) }];
}

function stateOf(text: string | undefined): EgressState {
  return EGRESS_STATES.find((state) => state === text) ?? "in-use";
}

function domainsOf(texts: readonly string[] | undefined): { readonly forDomains?: readonly string[] } {
  const domains = texts?.map(readDomain).filter((domain) => domain !== undefined) ?? [];
  return domains.length > 0 ? { forDomains: domains } : {};
}

function poolOf(document: Document): readonly Pool[] {
  if (document.kind !== "pool") return [];
  return [{ name: document.key, members: (document.value.ways ?? []).map(readMember).filter((member) => member !== undefined) }];
}

function rulesOf(document: Document): readonly ChoiceRule[] {
  if (document.kind !== "choice") return [];
  return (document.value.rules ?? []).map(readChoiceRule).flatMap((rule) => ("fault" in rule ? [] : [rule]));
}

export interface WayFault {
  readonly kind: "egress" | "upstream" | "pool" | "choice";
  readonly key: string;
  /** `.rules`, or nothing. */
  readonly field: string;
  readonly cause: string;
  readonly remedy: string;
}

/** What is wrong with the documents that schema and forms cannot see. */
export function wayFaults(
  documents: readonly { readonly kind: string; readonly key: string; readonly value: unknown }[],
): readonly WayFault[] {
  const mine = documents.filter(isWayDocument);
  const named = mine.flatMap(faultsOfOne);
  if (named.length > 0) return named;
  const kindOf = (name: string): "egress" | "upstream" =>
    mine.some(({ kind, key }) => kind === "egress" && key === name) ? "egress" : "upstream";
  return planFaults(waysOfSettings(mine, "", () => "")).map(({ on, cause, remedy }): WayFault => {
    if (on.is === "pool") return { kind: "pool", key: on.name, field: "", cause, remedy };
    if (on.is === "way") return { kind: kindOf(on.name), key: on.name, field: "", cause, remedy };
    return { kind: "choice", key: "", field: `: the rule ${JSON.stringify(on.name)}`, cause, remedy };
  });
}

function faultsOfOne(document: Document): readonly WayFault[] {
  const { kind, key } = document;
  if (kind !== "egress" && kind !== "upstream") return [];
  if (!isEgressName(key) || key === DEFAULT_EGRESS)
    return [
      {
        kind,
        key,
        field: "",
        cause: "has a name that none may have",
        remedy: "use small letters, digits, dots and hyphens, and not default",
      },
    ];
  if (kind === "egress") return [];
  const { url, user, state } = document.value;
  if (url === undefined) return [{ kind, key, field: "", cause: "has no url", remedy: "write url: smtp://HOST:PORT" }];
  if (state === "warming") return [{ kind, key, field: ".state", cause: "is warming, which only an address does", remedy: "write in-use" }];
  const read = readUpstream(url, user === undefined ? "no login" : { user, password: "" });
  return read !== undefined && "refused" in read ? [{ kind, key, field: ".url", cause: read.refused, remedy: "correct it" }] : [];
}
