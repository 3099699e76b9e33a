/** DNS is a port. An answer says how it came about, because SERVFAIL must never be taken for "does not exist". */
export type Answer<T> =
  | {
      readonly status: "ok";
      readonly records: readonly T[];
      /** A server that checks signatures (DNSSEC), and that we believe, says that they are the zone's own. Absent: nobody does. */
      readonly authentic?: boolean;
    }
  | { readonly status: "nodata" }
  | { readonly status: "nxdomain" }
  | { readonly status: "fail"; readonly why: string };

export interface Mx {
  readonly preference: number;
  /** Lower case, without the final dot; "" is the null MX (RFC 7505). */
  readonly host: string;
}

/** `name`: what the host is really called, where CNAMEs led to its addresses. */
export type HostAnswer = Answer<string> & { readonly name?: string };

export interface Resolver {
  mx(domain: string): Promise<Answer<Mx>>;
  addresses(host: string): Promise<HostAnswer>;
}

/** RFC 6698 §2.1, numbers as they are published. */
export interface Tlsa {
  readonly usage: number;
  readonly selector: number;
  readonly matching: number;
  readonly data: Uint8Array;
}

/** Records that say how a domain wants to be spoken to. None of them is told once it is over. */
export interface PolicyResolver {
  tlsa(name: string): Promise<Answer<Tlsa>>;
  /** Each record's strings joined. */
  txt(name: string): Promise<Answer<string>>;
}
