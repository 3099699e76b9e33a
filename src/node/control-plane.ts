/**
 * What people decide and what is known of people: settings and their revisions, operators' actions, logins, the audit,
 * suppressed addresses. One database beside the spool. Opened before mail is taken, because sources stand in it; once
 * open, mail waits for it nowhere.
 */
import type { Dialect } from "kysely";
import type { Clock, WallMs } from "../base/clock.ts";
import { textOf } from "../base/fault.ts";
import type { Log } from "../base/log.ts";
import type { Random } from "../base/random.ts";
import { countText } from "../base/size-text.ts";
import { durationText } from "../base/time-text.ts";
import type { Need } from "../control/api/node-face.ts";
import { type Logins, openLogins } from "../control/logins/logins.ts";
import { days, SettingsDesk, setting } from "../control/settings/settings.ts";
import { makeVerifier } from "../relay/intake/intake.ts";
import { ACCOUNT_MIGRATIONS } from "../store/accounts/accounts.ts";
import { AUDIT_MIGRATIONS, AuditLog } from "../store/audit/audit.ts";
import { HOOK_MIGRATIONS } from "../store/hooks/hooks.ts";
import { LINK_MIGRATIONS, RevokedLinks } from "../store/links/links.ts";
import { OVERRIDE_MIGRATIONS } from "../store/overrides/overrides.ts";
import { ControlSettings, OperatorActions, SETTINGS_MIGRATIONS } from "../store/settings/control-settings.ts";
import { type ControlDatabase, openControlDatabase } from "../store/sql/migrations.ts";
import { openSuppression, SUPPRESSION_MIGRATIONS, type SuppressionList } from "../store/suppression/suppression.ts";
import { TLS_RESULT_MIGRATIONS } from "../store/tls-results/tls-results.ts";
import { TRANSPORT_MIGRATIONS, TransportMemory } from "../store/transport/transport.ts";
import { WAY_COUNT_MIGRATIONS } from "../store/way-counts/way-counts.ts";

export interface ControlPlanePorts {
  readonly dialect: Dialect;
  readonly clock: Clock;
  /** The time that logins live in. */
  readonly people: Clock;
  readonly random: Random;
  log(part: string): Log;
  /** Seals the secrets in the database; kept apart from it. */
  readonly nodeKey: Uint8Array;
  /** The node's name, which authenticator apps show. */
  readonly node: string;
}

export interface ControlPlane extends AsyncDisposable {
  readonly database: ControlDatabase;
  readonly settings: ControlSettings;
  readonly settingsDesk: SettingsDesk;
  readonly actions: OperatorActions;
  readonly logins: Logins;
  readonly audit: AuditLog;
  readonly suppression: SuppressionList;
  /** What is remembered of TLS at mail hosts. */
  readonly transport: TransportMemory;
  readonly revokedLinks: RevokedLinks;
  /** Once an hour, what is older than retention says is forgotten. */
  watch(signal: AbortSignal): void;
  /** Orders that the audit does not have. */
  needs(): readonly Need[];
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
export const AUDIT_DAYS = 365;

/** @throws {DatabaseFault} @throws {SqlFault} @throws {SecretFault} */
export async function openControlPlane(ports: ControlPlanePorts): Promise<ControlPlane> {
  const { clock, random, log, nodeKey, node } = ports;
  const migrations = [
    SETTINGS_MIGRATIONS,
    ACCOUNT_MIGRATIONS,
    AUDIT_MIGRATIONS,
    SUPPRESSION_MIGRATIONS,
    LINK_MIGRATIONS,
    HOOK_MIGRATIONS,
    WAY_COUNT_MIGRATIONS,
    TLS_RESULT_MIGRATIONS,
    OVERRIDE_MIGRATIONS,
    TRANSPORT_MIGRATIONS,
  ];
  const database = await openControlDatabase(ports.dialect, migrations);
  const settings = await ControlSettings.open(database, { nodeKey, random, now: clock.wall() });
  const actions = await OperatorActions.open(database);
  const audit = new AuditLog(database, { clock, log: log("audit") });
  const suppression = openSuppression(database, {
    ...{ clock, random, log: log("suppression") },
    days: () => days(setting(settings, "suppression").suppressFor, SUPPRESSION_DAYS),
  });
  // Until it is loaded every address is looked up, which is slower and as true.
  suppression.load().catch((thrown: unknown) => log("suppression")("warn", "the list cannot be read", { why: textOf(thrown) }));
  const transport = await TransportMemory.open(database, { clock, log: log("tls") });
  const forgetOld = async (): Promise<void> => {
    const kept = days(setting(settings, "retention").audit, AUDIT_DAYS);
    await audit.forget((clock.wall() - kept * DAY_MS) as WallMs);
  };
  return {
    database,
    settings,
    settingsDesk: new SettingsDesk({ settings, clock, random, verifierOf: makeVerifier }),
    actions,
    logins: openLogins(database, { clock: ports.people, random, secrets: settings, node }),
    audit,
    suppression,
    transport,
    revokedLinks: new RevokedLinks(database),
    watch: (signal) => {
      const loop = async (): Promise<void> => {
        while (!signal.aborted) {
          await forgetOld().catch((thrown: unknown) => log("audit")("warn", "old entries stay for now", { why: textOf(thrown) }));
          await clock.sleep(HOUR_MS, signal);
        }
      };
      loop().catch(() => {}); // ends by the signal's abort
    },
    needs: () => needsOf(audit, clock.wall()),
    [Symbol.asyncDispose]: async () => {
      await suppression[Symbol.asyncDispose]();
      await transport[Symbol.asyncDispose]();
      await audit[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

const SUPPRESSION_DAYS = 30;

function needsOf({ unwritten }: AuditLog, now: WallMs): readonly Need[] {
  if (unwritten === undefined) return [];
  const { since, why, waiting, lost } = unwritten;
  const beyond = lost === 0 ? "" : `, ${countText(lost)} more found no room there and are lost`;
  return [
    {
      code: "audit-unwritten",
      line: `Orders cannot be written to the audit for ${durationText(now - since)}: ${why}. ${countText(waiting)} wait in memory${beyond}.`,
      fix: "Look at the disk and at settings.db in the data folder. Once they are well it goes on by itself; a stop before loses what waits.",
      link: "#/settings/audit",
    },
  ];
}
