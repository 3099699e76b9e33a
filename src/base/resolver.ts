/** DNS is a port. An answer says how it came about, because SERVFAIL must never be taken for "does not exist". */
export type Answer<T> =
  | { readonly status: "ok"; readonly records: readonly T[] }
  | { readonly status: "nodata" }
  | { readonly status: "nxdomain" }
  | { readonly status: "fail"; readonly why: string };

export interface Mx {
  readonly preference: number;
  /** Lower case, without the final dot; "" is the null MX (RFC 7505). */
  readonly host: string;
}

export interface Resolver {
  mx(domain: string): Promise<Answer<Mx>>;
  addresses(host: string): Promise<Answer<string>>;
}
