/**
 * Settings that are changed while the program runs: what they may be, and the desk where they are changed as a whole.
 * Parts that use one read it here, typed, from the documents that `ControlSettings` holds.
 */
import type { WallMs } from "../../base/clock.ts";
import type { ControlSettings } from "../../store/settings/control-settings.ts";
import { daysOf } from "./forms.ts";
import { hasFields, SECTIONS, type SettingKind, type SettingOf, sectionOfKind } from "./settings-schema.ts";

export { newWebhookSecret, readVerifier, sourceSecret, verifierBytes, webhookSecret } from "./made-secrets.ts";
export { type AppliedSettings, type DeskPorts, SettingsDesk, type SettingsOrder } from "./settings-desk.ts";
export type {
  PanelSetting,
  RetentionSetting,
  SettingKind,
  SettingOf,
  SourceSetting,
  SuppressionSetting,
  TenantSetting,
  WebhookSetting,
} from "./settings-schema.ts";
export { type ReadWays, upstreamSecret, wayKinds, waysOfSettings } from "./way-settings.ts";
export { isSettingName, MEANT_PRIVATE, MOST_WEBHOOKS, type WebhookFault, webhookFaults } from "./webhook-rules.ts";
export { DEFAULT_TENANT } from "./whole-settings.ts";

export interface Setting<Kind extends SettingKind> {
  readonly name: string;
  readonly createdAt: WallMs;
  readonly value: SettingOf[Kind];
}

/** The current ones of a kind, by name. What an older or newer version wrote and this one cannot read is left out. */
export function settingsOf<Kind extends SettingKind>(settings: ControlSettings, kind: Kind): readonly Setting<Kind>[] {
  return settings.documents(kind).flatMap(({ key, createdAt, value }) => (isSetting(kind, value) ? [{ name: key, createdAt, value }] : []));
}

/** Of a section that is one document; nothing set where it is absent. */
export function setting<Kind extends "retention" | "suppression" | "panel">(settings: ControlSettings, kind: Kind): SettingOf[Kind] {
  const value: unknown = settings.get(kind, "")?.value ?? {};
  return isSetting(kind, value) ? value : ({} as SettingOf[Kind]);
}

/** `30d` as days; what is not set, as usual. */
export function days(set: string | undefined, usual: number): number {
  return set === undefined ? usual : daysOf(set);
}

function isSetting<Kind extends SettingKind>(kind: Kind, value: unknown): value is SettingOf[Kind] {
  const section = sectionOfKind(kind);
  return section !== undefined && hasFields(SECTIONS[section].fields, value);
}
