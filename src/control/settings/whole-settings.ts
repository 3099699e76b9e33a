/** Rules between documents: what each may hold is the schema's business, that they fit together is this one's. */
import { unreachable } from "../../base/brand.ts";
import { parseCidr } from "../../base/ip.ts";
import type { Report } from "../../base/option.ts";
import { tooWide } from "../../model/wide-range.ts";
import { pathOf, type SettingOf } from "./settings-schema.ts";
import { wayFaults } from "./way-settings.ts";
import { MOST_WEBHOOKS, webhookFaults } from "./webhook-rules.ts";

/** There without being set: mail of sources that name no tenant is its. */
export const DEFAULT_TENANT = "default";

/** A document as it would stand. Its line, where a file has it. */
export type Standing = {
  [Kind in keyof SettingOf]: {
    readonly kind: Kind;
    readonly key: string;
    readonly line?: number | undefined;
    readonly value: SettingOf[Kind];
  };
}[keyof SettingOf];

export function checkWhole(documents: readonly Standing[], report: Report): void {
  const tenants = new Set([DEFAULT_TENANT, ...documents.filter(({ kind }) => kind === "tenant").map(({ key }) => key)]);
  const logins = new Map<string, string>();
  let webhooks = 0;
  for (const document of documents) {
    const say = (field: string, cause: string, remedy: string): void =>
      report({ path: `${pathOf(document.kind, document.key)}${field}`, line: document.line, cause, remedy });
    switch (document.kind) {
      case "source":
        checkSource(document, logins, say);
        checkTenant(document.value.tenant, tenants, say);
        break;
      case "webhook":
        for (const { field, cause, remedy } of webhookFaults(document.value)) say(field === "" ? "" : `.${field}`, cause, remedy);
        checkTenant(document.value.tenant, tenants, say);
        if (++webhooks > MOST_WEBHOOKS) say("", `is webhook number ${webhooks}, and there may be ${MOST_WEBHOOKS}`, "leave some out");
        break;
      case "egress":
      case "upstream":
      case "pool":
      case "choice":
        break; // together, below
      case "tenant":
      case "retention":
      case "suppression":
      case "panel":
        break;
      default:
        unreachable(document);
    }
  }
  for (const { kind, key, field, cause, remedy } of wayFaults(documents)) {
    const { line } = documents.find((document) => document.kind === kind && document.key === key) ?? {};
    report({ path: `${pathOf(kind, key)}${field}`, line, cause, remedy });
  }
}

type Say = (field: string, cause: string, remedy: string) => void;

function checkTenant(tenant: string | undefined, tenants: ReadonlySet<string>, say: Say): void {
  if (tenant !== undefined && !tenants.has(tenant))
    say(".tenant", `names ${tenant}, and there is no such tenant`, `write tenants: {${tenant}: {}}`);
}

function checkSource({ key, value }: Extract<Standing, { kind: "source" }>, logins: Map<string, string>, say: Say): void {
  const { ranges, wide, login } = value;
  if ((ranges === undefined) === (login === undefined))
    return say("", ranges === undefined ? "has neither ranges nor a login" : "has both ranges and a login", "give one of the two");
  if (ranges?.length === 0) say(".ranges", "is empty", "name an address, or remove the source");
  for (const text of ranges ?? []) {
    const range = parseCidr(text);
    const fault = range && wide !== true ? tooWide(range) : undefined;
    if (fault !== undefined)
      say(
        ".ranges",
        `has one that is too wide: ${fault}: everybody in it could send through this server`,
        "name the networks, or write wide: true",
      );
  }
  if (login === undefined) return;
  const before = logins.get(login);
  if (before !== undefined) say(".login", `is ${login}, as that of ${before}`, "choose another");
  logins.set(login, key);
}
