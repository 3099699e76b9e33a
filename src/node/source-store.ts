/**
 * The sources of this node: those of flags and configuration (fixed), and those that operators added, which are settings
 * with a revision each. A login's verifier is a secret beside them; the password itself is never stored.
 */
import type { Clock, WallMs } from "../base/clock.ts";
import { type Cidr, cidrText, parseCidr } from "../base/ip.ts";
import { newPassword } from "../base/password-text.ts";
import type { Random } from "../base/random.ts";
import type { Answered, NewSource, Refusal, SourceRecord } from "../control/api/node-face.ts";
import {
  DEFAULT_TENANT,
  isSettingName,
  readVerifier,
  type Setting,
  type SourceSetting,
  settingsOf,
  sourceSecret,
  verifierBytes,
} from "../control/settings/settings.ts";
import type { Actor } from "../model/event.ts";
import type { SourceName, TenantId } from "../model/ids.ts";
import { tooWide } from "../model/wide-range.ts";
import { makeVerifier, type RangeSource, type Source } from "../relay/intake/intake.ts";
import type { ControlSettings, SecretChange, SettingsChange } from "../store/settings/control-settings.ts";

export interface SourcePorts {
  readonly settings: ControlSettings;
  readonly clock: Clock;
  readonly random: Random;
  /** Ranges of flags and configuration. */
  readonly allowed: readonly Cidr[];
}

type Refused = Extract<Answered<object>, { readonly ok: false }>;

export class SourceStore {
  readonly #ports: SourcePorts;
  readonly #fixed: readonly RangeSource[];

  constructor(ports: SourcePorts) {
    this.#ports = ports;
    this.#fixed = ports.allowed.map(
      (range): RangeSource => ({
        kind: "range",
        name: `allow-${cidrText(range)}` as SourceName,
        tenant: DEFAULT_TENANT as TenantId,
        ranges: [range],
      }),
    );
  }

  /** Those that can be used now. A login whose verifier is lost is not among them, and is still listed. */
  all(): readonly Source[] {
    return [...this.#fixed, ...this.#settings().flatMap((one) => sourceOf(one, this.#verifier(one.name)) ?? [])];
  }

  /** Calls at each change, wherever it was made: by `add`, by settings applied as a whole, by a rollback. The result ends it. */
  onChange(listener: (all: readonly Source[]) => void): () => void {
    return this.#ports.settings.onChange((changed) => {
      if (changed.some(({ kind }) => kind === "source")) listener(this.all());
    });
  }

  list(seenAt: (name: string) => number | undefined): readonly SourceRecord[] {
    const fixed = this.#fixed.map(({ kind, name, tenant, ranges }): SourceRecord => {
      const seen = seenAt(name);
      const common = { kind, name, tenant, cidrs: ranges.map(cidrText), createdAt: 0 as WallMs, fixed: true };
      return { ...common, ...(seen !== undefined && { seenAt: seen as WallMs }) };
    });
    return [...fixed, ...this.#settings().map((one) => keptRecord(one, seenAt(one.name)))];
  }

  async add(wanted: NewSource, by: Actor): Promise<Answered<{ readonly source: SourceRecord; readonly password?: string }>> {
    const { name, tenant = DEFAULT_TENANT as TenantId } = wanted;
    const made = wanted.kind === "credential" && wanted.password === undefined ? newPassword(this.#ports.random) : undefined;
    const secrets: SecretChange[] = [];
    if (wanted.kind === "credential") {
      const verifier = await makeVerifier(wanted.password ?? made ?? "");
      secrets.push({ name: sourceSecret(name), value: verifierBytes(verifier) });
    }
    const value: SourceSetting =
      wanted.kind === "range" ? { ranges: [...wanted.cidrs], tenant, ...(wanted.wide && { wide: true }) } : { login: wanted.login, tenant };
    const refused = await this.#commit(() => this.#refusal(wanted), { kind: "source", key: name, value }, { by, secrets });
    if (refused) return refused;
    const kept = this.list(() => undefined).find((source) => source.name === name);
    if (kept === undefined) return no({ code: "too-late", text: `${name} was removed again meanwhile` });
    return { ok: true, source: kept, ...(made !== undefined && { password: made }) };
  }

  /** Its verifier stays sealed: a rollback brings the source back with the password it had. */
  async remove(name: SourceName, by: Actor): Promise<Answered<{ readonly removed: SourceRecord }>> {
    const find = (): SourceRecord | undefined => this.list(() => undefined).find((source) => source.name === name);
    const removed = find();
    const refusal = (): Refusal | undefined => {
      const found = find();
      if (!found) return { code: "not-found", text: `there is no source ${name}`, fix: "fairlead source list" };
      if (!found.fixed) return undefined;
      return { code: "fixed", text: `${name} comes from a flag or the configuration file`, fix: "remove it there and restart" };
    };
    const refused = await this.#commit(refusal, { kind: "source", key: name }, { by, secrets: [] });
    if (refused || removed === undefined) return refused ?? no({ code: "not-found", text: `there is no source ${name}` });
    return { ok: true, removed };
  }

  /** Looks again for a reason against it when another change came first. */
  async #commit(
    refusal: () => Refusal | undefined,
    change: SettingsChange,
    { by, secrets }: { readonly by: Actor; readonly secrets: readonly SecretChange[] },
  ): Promise<Refused | undefined> {
    const { settings, clock } = this.#ports;
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const against = refusal();
      if (against) return no(against);
      const done = await settings.commit([change], { by: `${by.kind}:${by.id}`, at: clock.wall(), expect: settings.revision, secrets });
      if (done.ok) return undefined;
    }
    return no({ code: "too-late", text: "others keep changing the settings", fix: "try again" });
  }

  #refusal(wanted: NewSource): Refusal | undefined {
    if (!isSettingName(wanted.name))
      return { code: "bad-value", text: `${wanted.name} is no name for a source`, fix: "letters, digits, dot, dash; at most 63" };
    const known = this.list(() => undefined);
    if (known.some((source) => source.name === wanted.name))
      return { code: "exists", text: `a source ${wanted.name} exists`, fix: `fairlead source remove ${wanted.name}` };
    const { tenant = DEFAULT_TENANT } = wanted;
    if (tenant !== DEFAULT_TENANT && this.#ports.settings.get("tenant", tenant) === undefined)
      return { code: "bad-value", text: `there is no tenant ${tenant}`, fix: `write tenants: {${tenant}: {}} and fairlead settings apply` };
    if (wanted.kind === "range") return rangesRefusal(wanted);
    if (wanted.login === "" || wanted.login.length > 255) return { code: "bad-value", text: "a login has 1 to 255 characters" };
    const taken = known.find((source) => source.kind === "credential" && source.login === wanted.login);
    return (
      taken && { code: "exists", text: `the login ${wanted.login} belongs to ${taken.name}`, fix: `fairlead source remove ${taken.name}` }
    );
  }

  #settings(): readonly Setting<"source">[] {
    return settingsOf(this.#ports.settings, "source");
  }

  #verifier(name: string): ReturnType<typeof readVerifier> {
    const secret = this.#ports.settings.secret(sourceSecret(name));
    return secret && readVerifier(secret);
  }
}

const MOST_TRIES = 10;

function no(refusal: Refusal): Refused {
  return { ok: false, refusal };
}

function rangesRefusal({ cidrs, wide }: Extract<NewSource, { readonly kind: "range" }>): Refusal | undefined {
  if (cidrs.length === 0) return { code: "bad-value", text: "a range needs at least one address or CIDR" };
  for (const text of cidrs) {
    const range = parseCidr(text);
    if (!range) return { code: "bad-value", text: `${text} is no address range`, fix: "for example 192.0.2.0/24 or 2001:db8::/48" };
    const fault = wide === true ? undefined : tooWide(range);
    if (fault !== undefined)
      return {
        code: "too-wide",
        text: `${fault}: strangers could send through you`,
        fix: "name the addresses of your servers, or repeat with --i-know",
      };
  }
  return undefined;
}

function sourceOf({ name, value }: Setting<"source">, verifier: ReturnType<typeof readVerifier>): Source | undefined {
  const common = { name: name as SourceName, tenant: (value.tenant ?? DEFAULT_TENANT) as TenantId };
  if (value.login === undefined) return { ...common, kind: "range", ranges: rangesOf(value) };
  return verifier && { ...common, kind: "credential", login: value.login, verifier };
}

function rangesOf({ ranges = [] }: SourceSetting): readonly Cidr[] {
  return ranges.map(parseCidr).filter((range) => range !== undefined);
}

function keptRecord({ name, createdAt, value }: Setting<"source">, seenAt: number | undefined): SourceRecord {
  const common = {
    ...{ name: name as SourceName, tenant: (value.tenant ?? DEFAULT_TENANT) as TenantId, createdAt, fixed: false },
    ...(seenAt !== undefined && { seenAt: seenAt as WallMs }),
  };
  return value.login === undefined
    ? { ...common, kind: "range", cidrs: rangesOf(value).map(cidrText) }
    : { ...common, kind: "credential", login: value.login };
}
