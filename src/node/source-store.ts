/** The sources of this node: those of flags and configuration (fixed), and those that operators added, kept in settings. */
import { randomBytes } from "node:crypto";
import type { Clock } from "../base/clock.ts";
import { type Cidr, cidrText, parseCidr } from "../base/ip.ts";
import type { Answered, NewSource, SourceRecord } from "../control/api/node-face.ts";
import type { SourceName, TenantId } from "../model/ids.ts";
import { makeVerifier, type Source } from "../relay/intake/intake.ts";
import type { Settings } from "../store/settings/settings.ts";

/** A source as settings keep it. Verifiers are hashes; the password itself is never stored. */
type Kept =
  | { readonly kind: "range"; readonly cidrs: readonly string[]; readonly tenant: string; readonly createdAt: number }
  | {
      readonly kind: "credential";
      readonly login: string;
      readonly iterations: number;
      readonly salt: string;
      readonly storedKey: string;
      readonly serverKey: string;
      readonly tenant: string;
      readonly createdAt: number;
    };

/** R24: a range wider than this is nearly the internet. */
const WIDEST = { 4: 16, 6: 32 } as const;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
/** 24 letters and digits: beyond guessing, and free of characters that shells and forms mangle. */
const PASSWORD_BYTES = 18;

const DEFAULT_TENANT = "default" as TenantId;

export class SourceStore {
  readonly #settings: Settings;
  readonly #clock: Clock;
  readonly #fixed: readonly Source[];
  readonly #changed: (sources: readonly Source[]) => void;

  constructor(settings: Settings, clock: Clock, allowed: readonly Cidr[], changed: (sources: readonly Source[]) => void) {
    this.#settings = settings;
    this.#clock = clock;
    this.#fixed = allowed.map(
      (range): Source => ({ kind: "range", name: `allow-${cidrText(range)}` as SourceName, tenant: DEFAULT_TENANT, ranges: [range] }),
    );
    this.#changed = changed;
  }

  all(): readonly Source[] {
    return [...this.#fixed, ...this.#settings.list("source").map(({ key, value }) => sourceOf(key, value as Kept))];
  }

  list(seenAt: (name: string) => number | undefined): readonly SourceRecord[] {
    const fixed = this.#fixed.map((source) => recordOf(source, 0, true, seenAt(source.name)));
    return [
      ...fixed,
      ...this.#settings
        .list("source")
        .map(({ key, value }) => recordOf(sourceOf(key, value as Kept), (value as Kept).createdAt, false, seenAt(key))),
    ];
  }

  async add(wanted: NewSource): Promise<Answered<{ readonly source: SourceRecord; readonly password?: string }>> {
    const refusal = this.#refusal(wanted);
    if (refusal) return { ok: false, refusal };
    const common = { tenant: DEFAULT_TENANT, createdAt: this.#clock.wall() };
    if (wanted.kind === "range") return { ok: true, source: this.#keep(wanted.name, { kind: "range", cidrs: wanted.cidrs, ...common }) };
    const password = wanted.password ?? randomBytes(PASSWORD_BYTES).toString("base64url").replace(/[-_]/g, "x");
    const verifier = await makeVerifier(password);
    const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
    const source = this.#keep(wanted.name, {
      kind: "credential",
      login: wanted.login,
      iterations: verifier.iterations,
      salt: base64(verifier.salt),
      storedKey: base64(verifier.storedKey),
      serverKey: base64(verifier.serverKey),
      ...common,
    });
    return { ok: true, source, ...(wanted.password === undefined && { password }) };
  }

  remove(name: SourceName): Answered<{ readonly removed: SourceRecord }> {
    const found = this.list(() => undefined).find((source) => source.name === name);
    if (!found) return { ok: false, refusal: { code: "not-found", text: `there is no source ${name}`, fix: "fairlead source list" } };
    if (found.fixed)
      return {
        ok: false,
        refusal: { code: "fixed", text: `${name} comes from a flag or the configuration file`, fix: "remove it there and restart" },
      };
    this.#settings.put("source", name, undefined, this.#clock.wall(), "operator");
    this.#changed(this.all());
    return { ok: true, removed: found };
  }

  #refusal(wanted: NewSource): Extract<Answered<object>, { ok: false }>["refusal"] | undefined {
    if (!NAME.test(wanted.name))
      return { code: "bad-value", text: `${wanted.name} is no name for a source`, fix: "letters, digits, dot, dash; at most 63" };
    const known = this.list(() => undefined);
    if (known.some((source) => source.name === wanted.name))
      return { code: "exists", text: `a source ${wanted.name} exists`, fix: `fairlead source remove ${wanted.name}` };
    if (wanted.kind === "credential") {
      if (wanted.login === "" || wanted.login.length > 255) return { code: "bad-value", text: "a login has 1 to 255 characters" };
      const taken = known.find((source) => source.kind === "credential" && source.login === wanted.login);
      return (
        taken && { code: "exists", text: `the login ${wanted.login} belongs to ${taken.name}`, fix: `fairlead source remove ${taken.name}` }
      );
    }
    if (wanted.cidrs.length === 0) return { code: "bad-value", text: "a range needs at least one address or CIDR" };
    for (const text of wanted.cidrs) {
      const range = parseCidr(text);
      if (!range) return { code: "bad-value", text: `${text} is no address range`, fix: "for example 192.0.2.0/24 or 2001:db8::/48" };
      if (range.bits < WIDEST[range.family] && !wanted.wide) {
        return {
          code: "too-wide",
          text: `${text} is wider than /${WIDEST[range.family]}: strangers could send through you`,
          fix: "name the addresses of your servers, or repeat with --i-know",
        };
      }
    }
    return undefined;
  }

  #keep(name: SourceName, kept: Kept): SourceRecord {
    this.#settings.put("source", name, kept, this.#clock.wall(), "operator");
    this.#changed(this.all());
    return recordOf(sourceOf(name, kept), kept.createdAt, false, undefined);
  }
}

function sourceOf(key: string, kept: Kept): Source {
  const common = { name: key as SourceName, tenant: kept.tenant as TenantId };
  if (kept.kind === "range") return { ...common, kind: "range", ranges: kept.cidrs.map(parseCidr).filter((range) => range !== undefined) };
  const bytes = (text: string): Uint8Array => Buffer.from(text, "base64");
  const verifier = {
    iterations: kept.iterations,
    salt: bytes(kept.salt),
    storedKey: bytes(kept.storedKey),
    serverKey: bytes(kept.serverKey),
  };
  return { ...common, kind: "credential", login: kept.login, verifier };
}

function recordOf(source: Source, createdAt: number, fixed: boolean, seenAt: number | undefined): SourceRecord {
  const common = {
    name: source.name,
    tenant: source.tenant,
    createdAt: createdAt as SourceRecord["createdAt"],
    fixed,
    ...(seenAt !== undefined && { seenAt: seenAt as SourceRecord["createdAt"] }),
  };
  return source.kind === "range"
    ? { ...common, kind: "range", cidrs: source.ranges.map(cidrText) }
    : { ...common, kind: "credential", login: source.login };
}
