/**
 * What is set while the program runs, as one table: which sections there are, which documents they hold, and what stands
 * in one. Reading, faults, export and types come from here. Passwords and signing secrets are not in it: they are kept
 * apart, sealed, and never leave.
 */
import Type, { type Static, type TObject } from "typebox";
import type { FormName } from "./forms.ts";

function text(form: FormName, description: string) {
  return Type.Optional(Type.String({ form, description }));
}

function texts(form: FormName, description: string) {
  return Type.Optional(Type.Array(Type.String({ form }), { description, maxItems: 1000 }));
}

function flag(description: string) {
  return Type.Optional(Type.Boolean({ description }));
}

const CLOSED = { additionalProperties: false } as const;

const source = Type.Object(
  {
    ranges: texts("cidr", "Addresses whose servers hand over mail without a login."),
    wide: flag("Takes ranges wider than /16 (IPv6: /32)."),
    login: text("login", "The user name for SMTP AUTH; its password is kept apart."),
    tenant: text("name", "Whose mail it is; `default` where absent."),
  },
  CLOSED,
);

const tenant = Type.Object(
  {
    name: text("words", "How people call it."),
    contact: text("mailbox", "Who is told."),
    mayRelease: flag("Its own people may release held mail."),
  },
  CLOSED,
);

const webhook = Type.Object(
  {
    url: text("webhookUrl", "Where events are posted to."),
    kinds: texts("eventKind", "Which events; all where absent."),
    tenant: text("name", "Only events of this tenant's mail."),
    enabled: flag("false: it is told nothing, and events wait for it."),
    private: flag("Its url may lead to this machine or a private network. Not for a tenant's."),
  },
  CLOSED,
);

const retention = Type.Object(
  {
    history: text("days", "How long the story of a message is kept."),
    audit: text("days", "How long it is kept who did what."),
  },
  CLOSED,
);

const suppression = Type.Object({ suppressFor: text("days", "How long an address that failed or complained is not written to.") }, CLOSED);

const panel = Type.Object(
  {
    publicUrl: text("publicUrl", "Where people reach the panel; links in reports begin with it."),
    linkLifetime: text("days", "How long the link to one message's story opens it."),
  },
  CLOSED,
);

/** A section is a map of named documents, or one document. */
export const SECTIONS = {
  sources: { kind: "source", many: true, schema: source, doc: "Who may hand over mail." },
  tenants: { kind: "tenant", many: true, schema: tenant, doc: "Customers that own sources, people and mail." },
  webhooks: { kind: "webhook", many: true, schema: webhook, doc: "Programs that are told of events." },
  retention: { kind: "retention", many: false, schema: retention, doc: "How long things are kept." },
  suppression: { kind: "suppression", many: false, schema: suppression, doc: "Addresses that are not written to." },
  panel: { kind: "panel", many: false, schema: panel, doc: "The panel and its links." },
} as const satisfies Readonly<Record<string, Section>>;

export interface Section {
  readonly kind: string;
  readonly many: boolean;
  readonly schema: TObject;
  readonly doc: string;
}

export type SectionName = keyof typeof SECTIONS;
export type SettingKind = (typeof SECTIONS)[SectionName]["kind"];

export type SourceSetting = Static<typeof source>;
export type TenantSetting = Static<typeof tenant>;
export type WebhookSetting = Static<typeof webhook>;
export type RetentionSetting = Static<typeof retention>;
export type SuppressionSetting = Static<typeof suppression>;
export type PanelSetting = Static<typeof panel>;

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
