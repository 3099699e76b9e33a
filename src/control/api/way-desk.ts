/** Which way a message would take, and the ways there are: the port between the API and the engines of routes and egress. */
import type { Egress } from "../../model/egress.ts";
import type { SiteKey } from "../../model/ids.ts";

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

export interface WayDesk {
  /** @param question `from` is the MAIL FROM, `sender` the account; both may decide the way. */
  test(question: { readonly domain: string; readonly from?: string; readonly sender?: string }): Promise<TestedRoute>;
}
