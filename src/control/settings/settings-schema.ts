/**
 * What is set while the program runs, as one table: which sections there are, which documents they hold, and what stands
 * in one. Reading, faults, export and types come from here. Passwords and signing secrets are not in it: they are kept
 * apart, sealed, and never leave.
 */
import { unreachable } from "../../base/brand.ts";
import type { FormName } from "./forms.ts";

/** What may stand behind a name: a text, several, or yes and no. `doc` is for who reads an export. */
export type Leaf =
  | { readonly is: "text"; readonly form: FormName; readonly doc: string }
  | { readonly is: "texts"; readonly form: FormName; readonly doc: string }
  | { readonly is: "flag"; readonly doc: string };
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

function text(form: FormName, doc: string) {
  return { is: "text", form, doc } as const;
}

function texts(form: FormName, doc: string) {
  return { is: "texts", form, doc } as const;
}

function flag(doc: string) {
  return { is: "flag", doc } as const;
}

const source = {
  ranges: texts("cidr", "Addresses whose servers hand over mail without a login."),
  wide: flag("Takes ranges wider than /16 (IPv6: /32)."),
  login: text("login", "The user name for SMTP AUTH; its password is kept apart."),
  tenant: text("name", "Whose mail it is; `default` where absent."),
};

const tenant = {
  name: text("words", "How people call it."),
  contact: text("mailbox", "Who is told."),
  mayRelease: flag("Its own people may release held mail."),
};

const webhook = {
  url: text("webhookUrl", "Where events are posted to."),
  kinds: texts("eventKind", "Which events; all where absent."),
  tenant: text("name", "Only events of this tenant's mail."),
  enabled: flag("false: it is told nothing, and events wait for it."),
  private: flag("Its url may lead to this machine or a private network. Not for a tenant's."),
};

const retention = {
  history: text("days", "How long the story of a message is kept."),
  audit: text("days", "How long it is kept who did what."),
};

const suppression = { suppressFor: text("days", "How long an address that failed or complained is not written to.") };

const panel = {
  publicUrl: text("publicUrl", "Where people reach the panel; links in reports begin with it."),
  linkLifetime: text("days", "How long the link to one message's story opens it."),
};

/** A section is a map of named documents, or one document. */
export const SECTIONS = {
  sources: { kind: "source", many: true, fields: source, doc: "Who may hand over mail." },
  tenants: { kind: "tenant", many: true, fields: tenant, doc: "Customers that own sources, people and mail." },
  webhooks: { kind: "webhook", many: true, fields: webhook, doc: "Programs that are told of events." },
  retention: { kind: "retention", many: false, fields: retention, doc: "How long things are kept." },
  suppression: { kind: "suppression", many: false, fields: suppression, doc: "Addresses that are not written to." },
  panel: { kind: "panel", many: false, fields: panel, doc: "The panel and its links." },
} as const satisfies Readonly<Record<string, Section>>;

export interface Section {
  readonly kind: string;
  readonly many: boolean;
  readonly fields: Fields;
  readonly doc: string;
}

export type SectionName = keyof typeof SECTIONS;
export type SettingKind = (typeof SECTIONS)[SectionName]["kind"];

export type SourceSetting = ValueOf<typeof source>;
export type TenantSetting = ValueOf<typeof tenant>;
export type WebhookSetting = ValueOf<typeof webhook>;
export type RetentionSetting = ValueOf<typeof retention>;
export type SuppressionSetting = ValueOf<typeof suppression>;
export type PanelSetting = ValueOf<typeof panel>;

/** The value of a document by its kind. */
export interface SettingOf {
  source: SourceSetting;
  tenant: TenantSetting;
  webhook: WebhookSetting;
  retention: RetentionSetting;
  suppression: SuppressionSetting;
  panel: PanelSetting;
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
