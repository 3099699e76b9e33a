/**
 * Who may hand us mail. A source is an address range (a server that needs no login) or a credential. Everybody else
 * may connect, log in, and until then send nothing: never an open relay (R24).
 */
import { type Cidr, rangeTest } from "../../base/ip.ts";
import type { SenderKey, SourceName, TenantId } from "../../model/ids.ts";
import type { ScramVerifier } from "../../wire/smtp/server-host.ts";

interface Common {
  readonly name: SourceName;
  readonly tenant: TenantId;
}
export type RangeSource = Common & { readonly kind: "range"; readonly ranges: readonly Cidr[] };
export type CredentialSource = Common & { readonly kind: "credential"; readonly login: string; readonly verifier: ScramVerifier };
export type Source = RangeSource | CredentialSource;

/** An immutable view of all sources; a change makes a new one. */
export class SourceTable {
  readonly #ranges: readonly { readonly source: RangeSource; readonly holds: (ip: string) => boolean; readonly narrowest: number }[];
  readonly #logins: ReadonlyMap<string, CredentialSource>;

  constructor(sources: readonly Source[]) {
    this.#ranges = sources
      .filter((source) => source.kind === "range")
      .map((source) => ({
        source,
        holds: rangeTest(source.ranges),
        narrowest: Math.max(...source.ranges.map((range) => range.bits + (range.family === 4 ? 96 : 0))),
      }))
      .sort((a, b) => b.narrowest - a.narrowest);
    this.#logins = new Map(sources.filter((source) => source.kind === "credential").map((source) => [source.login, source]));
  }

  /** The source with the narrowest range around an address. */
  byAddress(ip: string): RangeSource | undefined {
    return this.#ranges.find(({ holds }) => holds(ip))?.source;
  }

  byLogin(login: string): CredentialSource | undefined {
    return this.#logins.get(login);
  }
}

/**
 * The sender inside a source: the login of a credential; in a range the envelope's own mailbox, since many accounts
 * share the address. A bounce (null path) is the source's own.
 */
export function senderOf(source: Source, mailFrom: string): SenderKey {
  if (source.kind === "credential") return source.login as SenderKey;
  return (mailFrom === "" ? `mailer-daemon@${source.name}` : `${mailFrom.toLowerCase()}@${source.name}`) as SenderKey;
}
