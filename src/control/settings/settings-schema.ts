/**
 * What is set while the program runs, as one table: which sections there are, which documents they hold, and what stands
 * in one. Reading, faults, export and types come from here. Passwords and signing secrets are not in it: they are kept
 * apart, sealed, and never leave.
 */
import { unreachable } from "../../base/brand.ts";
import type { FormName } from "./forms.ts";

/** What may stand behind a name: a text, several, or yes and no. */
export type Leaf =
  | { readonly is: "text"; readonly form: FormName }
  | { readonly is: "texts"; readonly form: FormName }
  | { readonly is: "flag" };
export type Fields = Readonly<Record<string, Leaf>>;

/** A document of these fields. Each may be missing. */
type ValueOf<F extends Fields> = {
  readonly [K in keyof F]?: F[K] extends { readonly is: "flag" }
    ? boolean
    : F[K] extends { readonly is: "texts" }
      ? readonly string[]
      : string;
};

/** In one list. */
export const MOST_TEXTS = 1000;

function text(form: FormName) {
  return { is: "text", form } as const;
}

function texts(form: FormName) {
  return { is: "texts", form } as const;
}

const FLAG = { is: "flag" } as const;

const source = {
  /** Addresses whose servers hand over mail without a login. */
  ranges: texts("cidr"),
  /** Takes ranges wider than /16 (IPv6: /32). */
  wide: FLAG,
  /** The user name for SMTP AUTH; its password is kept apart. */
  login: text("login"),
  /** Whose mail it is; `default` where absent. */
  tenant: text("name"),
};

const tenant = {
  /** How people call it. */
  name: text("words"),
  /** Who is told. */
  contact: text("mailbox"),
  /** Its own people may release held mail. */
  mayRelease: FLAG,
};

const webhook = {
  /** Where events are posted to. */
  url: text("webhookUrl"),
  /** Which events; all where absent. */
  kinds: texts("eventKind"),
  /** Only events of this tenant's mail. */
  tenant: text("name"),
  /** false: it is told nothing, and events wait for it. */
  enabled: FLAG,
  /** Its url may lead to this machine or a private network. Not for a tenant's. */
  private: FLAG,
};

const retention = {
  /** How long the story of a message is kept. */
  history: text("days"),
  /** How long it is kept who did what. */
  audit: text("days"),
};

const suppression = {
  /** How long an address that failed or complained is not written to. */
  suppressFor: text("days"),
};

const panel = {
  /** Where people reach the panel; links in reports begin with it. */
  publicUrl: text("publicUrl"),
  /** How long the link to one message's story opens it. */
  linkLifetime: text("days"),
};

const egress = {
  /** Said in EHLO; the node's name where absent. */
  helo: text("hostname"),
  /** Of this machine. */
  ip4: text("ip4"),
  ip6: text("ip6"),
  /** `in-use` where absent. */
  state: text("egressState"),
  /** From domains whose mail may leave by it; all where absent. */
  forDomains: texts("domain"),
};

const upstream = {
  /** Where it is; the login apart. */
  url: text("upstreamUrl"),
  /** Its password is kept apart. */
  user: text("login"),
  /** Messages in any hour, and in any 24. */
  perHour: text("count"),
  perDay: text("count"),
  /** Of a message; 0 where absent. */
  cost: text("cost"),
  state: text("egressState"),
  forDomains: texts("domain"),
};

const pool = {
  /** `out1`, `out2=3`. */
  ways: texts("poolMember"),
};

const choice = {
  /** In order: the first that fits wins. */
  rules: texts("choiceRule"),
};

/** A section is a map of named documents, or one document. */
export const SECTIONS = {
  /** Who may hand over mail. */
  sources: { kind: "source", many: true, fields: source },
  /** Customers that own sources, people and mail. */
  tenants: { kind: "tenant", many: true, fields: tenant },
  /** Programs that are told of events. */
  webhooks: { kind: "webhook", many: true, fields: webhook },
  /** Addresses that mail leaves from. */
  egress: { kind: "egress", many: true, fields: egress },
  /** Smarthosts that stand in pools. */
  upstreams: { kind: "upstream", many: true, fields: upstream },
  /** Sets of both. */
  pools: { kind: "pool", many: true, fields: pool },
  /** Which mail takes which pool. */
  choice: { kind: "choice", many: false, fields: choice },
  /** How long things are kept. */
  retention: { kind: "retention", many: false, fields: retention },
  /** Addresses that are not written to. */
  suppression: { kind: "suppression", many: false, fields: suppression },
  /** The panel and its links. */
  panel: { kind: "panel", many: false, fields: panel },
} as const satisfies Readonly<Record<string, Section>>;

export interface Section {
  readonly kind: string;
  readonly many: boolean;
  readonly fields: Fields;
}

export type SectionName = keyof typeof SECTIONS;
export type SettingKind = (typeof SECTIONS)[SectionName]["kind"];

export type SourceSetting = ValueOf<typeof source>;
export type TenantSetting = ValueOf<typeof tenant>;
export type WebhookSetting = ValueOf<typeof webhook>;
export type RetentionSetting = ValueOf<typeof retention>;
export type SuppressionSetting = ValueOf<typeof suppression>;
export type PanelSetting = ValueOf<typeof panel>;

export type EgressSetting = ValueOf<typeof egress>;
export type UpstreamSetting = ValueOf<typeof upstream>;
export type PoolSetting = ValueOf<typeof pool>;
export type ChoiceSetting = ValueOf<typeof choice>;

/** The value of a document by its kind. */
export interface SettingOf {
  source: SourceSetting;
  tenant: TenantSetting;
  webhook: WebhookSetting;
  retention: RetentionSetting;
  suppression: SuppressionSetting;
  panel: PanelSetting;
  egress: EgressSetting;
  upstream: UpstreamSetting;
  pool: PoolSetting;
  choice: ChoiceSetting;
}

export const SECTION_NAMES = Object.keys(SECTIONS) as readonly SectionName[];

export function sectionOfKind(kind: string): SectionName | undefined {
  return SECTION_NAMES.find((name) => SECTIONS[name].kind === kind);
}

/** `sources.srv1`, `panel`. */
export function pathOf(kind: string, key: string): string {
  const section = sectionOfKind(kind) ?? kind;
  return key === "" ? section : `${section}.${key}`;
}

/** Whether it is a document of these fields and no others. What their texts say was looked at when they were set. */
export function hasFields(fields: Fields, value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.entries(value).every(([name, one]) => Object.hasOwn(fields, name) && fits(fields[name], one));
}

function fits(leaf: Leaf | undefined, value: unknown): boolean {
  switch (leaf?.is) {
    case "text":
      return typeof value === "string";
    case "flag":
      return typeof value === "boolean";
    case "texts":
      return Array.isArray(value) && value.length <= MOST_TEXTS && value.every((one) => typeof one === "string");
    case undefined:
      return false;
    default:
      return unreachable(leaf);
  }
}
