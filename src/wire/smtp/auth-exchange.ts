/**
 * One AUTH exchange (RFC 4954), from the command to success or refusal: PLAIN (RFC 4616 §2), LOGIN (what Outlook still
 * speaks), SCRAM-SHA-256 (RFC 7677 §3). A machine: it takes the client's lines and the host's answers and says what next.
 */

import { unreachable } from "../../base/brand.ts";
import { checkedUtf8 } from "../../base/bytes.ts";
import type { Random } from "../../base/random.ts";
import type { Reply } from "../../model/reply.ts";
import type { ClientFirst } from "./scram.ts";
import { checkClientFinal, readClientFirst, serverFirst } from "./scram.ts";
import type { ScramVerifier } from "./server-host.ts";
import { AUTH_CANCELLED, AUTH_MALFORMED, NOT_BASE64, WRONG_PASSWORD } from "./server-replies.ts";

export type Mechanism = "PLAIN" | "LOGIN" | "SCRAM-SHA-256";

export type AuthStep =
  /** Send it as 334 in base64 and wait for a line. */
  | { readonly is: "challenge"; readonly text: string }
  | { readonly is: "password"; readonly login: string; readonly password: string }
  | { readonly is: "verifier"; readonly login: string }
  | { readonly is: "authenticated"; readonly login: string }
  | { readonly is: "refused"; readonly reply: Reply /** Whose SCRAM proof was wrong. */; readonly scramLogin?: string };

/** Longer login names belong to nobody. */
const MAX_LOGIN = 255;
const NONCE_BYTES = 18;

type State =
  | { readonly at: "start" }
  | { readonly at: "login name" }
  | { readonly at: "login password"; readonly login: string }
  | { readonly at: "asked password"; readonly login: string }
  | { readonly at: "asked verifier"; readonly first: ClientFirst }
  | {
      readonly at: "scram final";
      readonly first: ClientFirst;
      readonly server: string;
      readonly nonce: string;
      readonly known: boolean;
      readonly verifier: ScramVerifier;
    }
  | { readonly at: "scram thanks"; readonly login: string }
  | { readonly at: "over" };

export class AuthExchange {
  readonly mechanism: Mechanism;
  readonly #random: Random;
  #state: State = { at: "start" };

  constructor(mechanism: Mechanism, random: Random) {
    this.mechanism = mechanism;
    this.#random = random;
  }

  /** `initial` as in the command: base64, "=" for an empty response, absent if it is still to come. */
  start(initial: string | undefined): AuthStep {
    if (initial !== undefined) return this.line(initial === "=" ? "" : initial);
    if (this.mechanism !== "LOGIN") return { is: "challenge", text: "" };
    this.#state = { at: "login name" };
    return { is: "challenge", text: "Username:" };
  }

  /** A line of the client: base64, or `*` to give up. */
  line(text: string): AuthStep {
    if (text === "*") return this.#refuse(AUTH_CANCELLED);
    const octets = decodeBase64(text);
    if (octets === undefined) return this.#refuse(NOT_BASE64);
    const response = checkedUtf8(octets);
    if (response === undefined) return this.#refuse(AUTH_MALFORMED);
    const state = this.#state;
    switch (state.at) {
      case "start":
        if (this.mechanism === "PLAIN") return this.#plain(response);
        return this.mechanism === "LOGIN" ? this.#loginName(response) : this.#scramFirst(response);
      case "login name":
        return this.#loginName(response);
      case "login password":
        return this.#askPassword(state.login, response);
      case "scram final":
        return this.#scramFinal(state, response);
      case "scram thanks":
        return this.#end({ is: "authenticated", login: state.login });
      case "asked password":
      case "asked verifier":
      case "over":
        throw new Error(`an AUTH line came in the state "${state.at}"`);
      default:
        return unreachable(state);
    }
  }

  passwordChecked(ok: boolean): AuthStep {
    if (this.#state.at !== "asked password") throw new Error("no password was asked about");
    return ok ? this.#end({ is: "authenticated", login: this.#state.login }) : this.#refuse(WRONG_PASSWORD);
  }

  verifierFound(known: boolean, verifier: ScramVerifier): AuthStep {
    if (this.#state.at !== "asked verifier") throw new Error("no verifier was asked for");
    const { first } = this.#state;
    const nonce = first.nonce + Buffer.from(this.#random.bytes(NONCE_BYTES)).toString("base64");
    const server = serverFirst(nonce, verifier);
    this.#state = { at: "scram final", first, server, nonce, known, verifier };
    return { is: "challenge", text: server };
  }

  /** authzid NUL authcid NUL password; one may act for oneself only. */
  #plain(response: string): AuthStep {
    const [actsFor, login, password, ...more] = response.split("\0");
    if (login === undefined || password === undefined || more.length > 0 || !isLogin(login)) return this.#refuse(AUTH_MALFORMED);
    if (actsFor !== "" && actsFor !== login) return this.#refuse(WRONG_PASSWORD);
    return this.#askPassword(login, password);
  }

  #loginName(login: string): AuthStep {
    if (!isLogin(login)) return this.#refuse(AUTH_MALFORMED);
    this.#state = { at: "login password", login };
    return { is: "challenge", text: "Password:" };
  }

  #askPassword(login: string, password: string): AuthStep {
    this.#state = { at: "asked password", login };
    return { is: "password", login, password };
  }

  #scramFirst(response: string): AuthStep {
    const first = readClientFirst(response);
    if (first === undefined || !isLogin(first.login)) return this.#refuse(AUTH_MALFORMED);
    this.#state = { at: "asked verifier", first };
    return { is: "verifier", login: first.login };
  }

  #scramFinal(state: Extract<State, { at: "scram final" }>, response: string): AuthStep {
    const final = checkClientFinal(response, state.first, state.server, state.nonce, state.verifier);
    if (final.is === "malformed") return this.#refuse(AUTH_MALFORMED);
    if (final.is === "wrong" || !state.known) return this.#end({ is: "refused", reply: WRONG_PASSWORD, scramLogin: state.first.login });
    // SMTP has no success with data, so the server's signature is one more challenge (RFC 4954 §4).
    this.#state = { at: "scram thanks", login: state.first.login };
    return { is: "challenge", text: final.text };
  }

  #refuse(reply: Reply): AuthStep {
    return this.#end({ is: "refused", reply });
  }

  #end(step: AuthStep): AuthStep {
    this.#state = { at: "over" };
    return step;
  }
}

function isLogin(login: string): boolean {
  return login !== "" && login.length <= MAX_LOGIN && !/\p{Cc}/u.test(login);
}

/** Canonical base64 only (RFC 4648 §3.5): padding in place, no stray bits. Undefined for anything else. */
function decodeBase64(text: string): Buffer | undefined {
  const octets = Buffer.from(text, "base64");
  return octets.toString("base64") === text ? octets : undefined;
}
