/** The ways out, which of them a message would take, and changing them: the port between the API and the engine of ways. */
import type { Egress, EgressName, EgressState } from "../../model/egress.ts";
import type { Actor } from "../../model/event.ts";
import type { SiteKey } from "../../model/ids.ts";
import type { UpstreamTls } from "../../relay/deliver/deliver.ts";
import type { Pool, WayReport } from "../../relay/egress/egress.ts";
import type { Answered } from "./node-face.ts";

export interface TestedHost {
  readonly host: string;
  /** Of its MX record; absent for an upstream and for a domain without MX. */
  readonly preference?: number;
  /** In the order in which they would be tried; `skipped` says why one is not. */
  readonly addresses: readonly { readonly ip: string; readonly skipped?: string }[];
  readonly skipped?: string;
  readonly tls: {
    readonly policy: "none" | "opportunistic" | "dane" | "mta-sts" | "required";
    readonly why: string;
  };
}

/** Found out by look-ups alone: nothing was sent. */
export interface TestedRoute {
  readonly egress: Egress;
  /** `the default`, `rule sender wp@hotel-lux`, `pool eu, half of its mail`. */
  readonly egressBecause: string;
  readonly way: "mx" | "upstream";
  readonly site: SiteKey;
  readonly provider?: string;
  /** In the order in which they would be tried. */
  readonly hosts: readonly TestedHost[];
  /** Why mail cannot be sent there: now, or ever. */
  readonly fault?: { readonly text: string; readonly permanent: boolean };
}

/** `fixed`: it stands in the configuration file, and is changed there. */
export type WayRecord = WayReport & { readonly fixed: boolean };
export type PoolRecord = Pool & { readonly fixed: boolean };

/** An address as it should be from now on; what is absent stays as it is, or is as usual where it is new. */
export interface AddressOrder {
  readonly is: "address";
  readonly name: EgressName;
  readonly helo?: string;
  readonly ip4?: string;
  readonly ip6?: string;
  readonly state?: EgressState;
  /** Empty: it carries mail of any domain. */
  readonly forDomains?: readonly string[];
}

export interface UpstreamOrder {
  readonly is: "upstream";
  readonly name: EgressName;
  readonly host?: string;
  readonly port?: number;
  readonly tls?: UpstreamTls;
  /** Null: no login. The password is sealed, and nobody reads it again. */
  readonly login?: { readonly user: string; readonly password: string } | null;
  /** Messages; null: without limit. */
  readonly perHour?: number | null;
  readonly perDay?: number | null;
  readonly cost?: number;
  readonly state?: EgressState;
  readonly forDomains?: readonly string[];
}

/** `dryRun`: what is wrong with it is told, and nothing is changed. */
export interface WayOrderBy {
  readonly by: Actor;
  readonly dryRun: boolean;
}

export interface WayDesk {
  /** @param question `from` is the MAIL FROM, `sender` the account; both may decide the way. */
  test(question: { readonly domain: string; readonly from?: string; readonly sender?: string }): Promise<TestedRoute>;

  /** What there is before any address is added: the system's own choice. */
  readonly usual: Egress;
  /** In the order of the plan. */
  ways(): readonly WayRecord[];
  pools(): readonly PoolRecord[];
  /** In order, as they are written; the first that fits chooses the pool. */
  rules(): readonly string[];

  /**
   * Adds a way, or changes it. Durable and in force when it resolves. Refused: `fixed` for one of the file, `bad-value` for
   * what the plan as a whole would not bear.
   */
  set(order: AddressOrder | UpstreamOrder, who: WayOrderBy): Promise<Answered<{ readonly way: WayRecord; readonly was?: WayRecord }>>;
  /** What waits for it goes another way. Refused while a pool names it. */
  remove(is: "address" | "upstream", name: EgressName, who: WayOrderBy): Promise<Answered<{ readonly removed: WayRecord }>>;
  setPool(pool: Pool, who: WayOrderBy): Promise<Answered<{ readonly pool: PoolRecord; readonly was?: PoolRecord }>>;
  /** Refused while a rule names it. */
  removePool(name: string, who: WayOrderBy): Promise<Answered<{ readonly removed: PoolRecord }>>;
}
