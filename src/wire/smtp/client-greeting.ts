/**
 * The opening of a client's connection: banner, EHLO, STARTTLS, EHLO again, AUTH. A machine that says after each reply
 * what comes next; it ends by being ready for transactions or with the reason why it never will be.
 */
import type { TlsHandshake } from "../../base/network.ts";
import type { AttemptTls, LocalFault, Stage } from "../../model/outcome.ts";
import type { Reply } from "../../model/reply.ts";
import type { Capabilities, ClientEnd, ClientOptions } from "./client.ts";
import { ClientAuth, chooseMechanism } from "./client-auth.ts";
import { NO_CAPABILITIES, readCapabilities } from "./client-capabilities.ts";

export type GreetingStep =
  | {
      readonly is: "send";
      readonly line: string /** It must not be shown: `shown` stands for it in the transcript. */;
      readonly shown?: string;
    }
  | { readonly is: "start-tls" }
  | { readonly is: "ready" }
  | { readonly is: "over"; readonly end: ClientEnd };

/** What the machine needs to know besides its owner's options. */
export interface GreetingContext {
  /** Nobody but the host itself can listen: PLAIN and LOGIN may be used without TLS. */
  readonly private: boolean;
  /** For SCRAM: fresh printable ASCII without a comma. */
  nonce(): string;
}

export class ClientGreeting {
  readonly #options: ClientOptions;
  readonly #context: GreetingContext;
  #at: "banner" | "ehlo" | "helo" | "starttls" | "handshake" | "auth" = "banner";
  #auth: ClientAuth | undefined;
  capabilities: Capabilities = NO_CAPABILITIES;
  tls: AttemptTls | undefined;

  constructor(options: ClientOptions, context: GreetingContext) {
    this.#options = options;
    this.#context = context;
  }

  get stage(): Stage {
    switch (this.#at) {
      case "helo":
        return "ehlo";
      case "starttls":
      case "handshake":
        return "tls";
      default:
        return this.#at;
    }
  }

  /** Under implicit TLS the handshake comes before the banner (RFC 8314 §3). */
  begin(): GreetingStep | undefined {
    if (this.#options.tls !== "implicit") return undefined;
    this.#at = "handshake";
    return { is: "start-tls" };
  }

  /** `lines`: the reply's texts line by line. */
  answer(reply: Reply, lines: readonly string[]): GreetingStep {
    const positive = reply.code < 300;
    if (reply.code === 421) return this.#refused(reply);
    switch (this.#at) {
      case "banner":
        return positive ? this.#hello("ehlo") : this.#refused(reply);
      case "ehlo":
        if (positive) this.capabilities = readCapabilities(lines);
        else if (reply.code >= 500) return this.#hello("helo"); // RFC 5321 §3.2
        return positive ? this.#afterHello() : this.#refused(reply);
      case "helo":
        return positive ? this.#afterHello() : this.#refused(reply);
      case "starttls":
        if (!positive) return this.#refused(reply);
        this.#at = "handshake";
        return { is: "start-tls" };
      case "auth":
        return this.#authAnswered(reply);
      case "handshake":
        return this.#broken({ code: "protocol", text: "a reply came in the middle of the TLS handshake" });
    }
  }

  /** The handshake is done. What was known in plain text is forgotten (RFC 3207 §4.2). */
  secured(handshake: TlsHandshake): GreetingStep | undefined {
    const { tls: policy, judge } = this.#options;
    const { peer: _, ...facts } = handshake;
    const verdict = judge?.(handshake);
    this.tls = { ...facts, ...(verdict?.ok && { verified: verdict.verified }) };
    if (verdict?.ok === false) return this.#broken(verdict.fault);
    this.capabilities = NO_CAPABILITIES;
    if (policy !== "implicit") return this.#hello("ehlo");
    this.#at = "banner";
    return undefined;
  }

  #hello(word: "ehlo" | "helo"): GreetingStep {
    this.#at = word;
    return { is: "send", line: `${word.toUpperCase()} ${this.#options.helo}\r\n` };
  }

  #afterHello(): GreetingStep {
    const { tls } = this.#options;
    if (this.tls === undefined && (tls === "required" || tls === "opportunistic")) {
      if (this.capabilities.startTls) {
        this.#at = "starttls";
        return { is: "send", line: "STARTTLS\r\n" };
      }
      this.#at = tls === "required" ? "starttls" : this.#at;
      if (tls === "required")
        return this.#broken({ code: "tls-not-offered", text: "TLS is required, and the host does not offer STARTTLS" });
    }
    return this.#options.login ? this.#authenticate(this.#options.login) : { is: "ready" };
  }

  #authenticate(login: NonNullable<ClientOptions["login"]>): GreetingStep {
    this.#at = "auth";
    const mechanism = chooseMechanism(this.capabilities.auth, this.tls !== undefined || this.#context.private);
    if (mechanism === undefined) {
      const text =
        this.capabilities.auth.length === 0
          ? "the host offers no AUTH"
          : "the host offers no AUTH mechanism that may be used on this connection";
      return this.#broken({ code: "auth-not-offered", text });
    }
    this.#auth = new ClientAuth(mechanism, login, this.#context.nonce());
    return { is: "send", line: this.#auth.start(), shown: `AUTH ${mechanism} as ${login.user}` };
  }

  #authAnswered(reply: Reply): GreetingStep {
    if (reply.code === 334 && this.#auth) {
      const line = this.#auth.challenge(reply.text);
      return typeof line === "string" ? { is: "send", line, shown: "(the login goes on)" } : this.#broken(line);
    }
    if (reply.code >= 300) return this.#refused(reply);
    if (!this.#auth?.proven)
      return this.#broken({ code: "auth-server-unproven", text: "the host accepted the login without proving that it knows the password" });
    return { is: "ready" };
  }

  #refused(reply: Reply): GreetingStep {
    return { is: "over", end: { is: "refused", stage: this.stage, reply } };
  }

  #broken(fault: LocalFault): GreetingStep {
    return { is: "over", end: { is: "broken", stage: this.stage, fault } };
  }
}
