/** Follows one address being tried, and tells what TLS came to there, as reports to domains want it (RFC 8460 §4.3). */
import type { TlsHandshake } from "../../base/network.ts";
import { type HostRule, publishedBy, resultOf, testedBy } from "../../mail/transport-security/transport-security.ts";
import type { AttemptTls, LocalFault, Stage } from "../../model/outcome.ts";
import type { Reply } from "../../model/reply.ts";
import { replyLine } from "../../model/reply.ts";
import type { TlsSession } from "../../model/tls-session.ts";
import type { HostAddress } from "./hosts.ts";
import type { Transport } from "./transport.ts";

export class TlsWatch {
  readonly #domain: string;
  readonly #rule: HostRule;
  readonly #address: HostAddress;
  readonly #transport: Transport | undefined;
  /** What a policy in its testing mode has against the host; known once the handshake is done. */
  #tested: LocalFault | undefined;

  /** Without `transport` nothing is told: it is an upstream of the operator's. */
  constructor(domain: string, rule: HostRule, address: HostAddress, transport: Transport | undefined) {
    this.#domain = domain;
    this.#rule = rule;
    this.#address = address;
    this.#transport = transport;
    this.#tested = this.#test(undefined);
  }

  unusable(fault: LocalFault): void {
    this.#tell(undefined, fault);
  }

  /** To be called while the handshake's peer may be asked. */
  shaken(handshake: TlsHandshake): void {
    this.#tested = this.#test(handshake);
  }

  ready(localIp: string, tls: AttemptTls | undefined): void {
    const fault = this.#tested ?? (tls === undefined ? { code: "tls-not-offered", text: "no STARTTLS" } : undefined);
    this.#tell(localIp, fault);
  }

  /** Only what ended over TLS is told: a host that refuses us for something else says nothing of it. */
  failed(localIp: string, end: { readonly stage: Stage; readonly fault?: LocalFault; readonly reply?: Reply }): void {
    if (end.stage !== "tls") return;
    this.#tell(localIp, end.reply ? { code: "TLS", text: replyLine(end.reply) } : (end.fault ?? { code: "TLS", text: "" }));
  }

  #test(handshake: TlsHandshake | undefined): LocalFault | undefined {
    const { host } = this.#address;
    return this.#rule.is === "open" && this.#rule.testing ? testedBy(this.#rule.testing, handshake, host) : undefined;
  }

  #tell(localIp: string | undefined, fault: LocalFault | undefined): void {
    const { host, ip } = this.#address;
    const is = fault && (resultOf(fault) ?? "validation-failure");
    const outcome: TlsSession["outcome"] = is === undefined ? { is: "success" } : { is, detail: fault?.text ?? "" };
    const where = { host, ip, ...(localIp !== undefined && { localIp }) };
    this.#transport?.see({ domain: this.#domain, policy: publishedBy(this.#rule), ...where, outcome });
  }
}
