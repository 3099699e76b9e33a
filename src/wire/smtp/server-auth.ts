/** AUTH in a session: when it may come, and the exchange's steps as replies and questions (RFC 4954 §4). */
import { unreachable } from "../../base/brand.ts";
import type { AuthStep } from "./auth-exchange.ts";
import { AuthExchange } from "./auth-exchange.ts";
import type { Answer } from "./server-effects.ts";
import { mechanismsNow } from "./server-extensions.ts";
import * as say from "./server-replies.ts";
import type { SessionState } from "./server-state.ts";

export class AuthDialogue {
  readonly #state: SessionState;
  #exchange: AuthExchange | undefined;

  constructor(state: SessionState) {
    this.#state = state;
  }

  start(name: string, initial: string | undefined): void {
    const state = this.#state;
    const { options, client } = state;
    if (options.auth === "never") return state.fault("AUTH", say.NOT_OFFERED);
    if (client.helo === "") return state.fault("AUTH", say.HELLO_FIRST);
    if (client.login !== undefined) return state.fault("AUTH", say.ALREADY_AUTHENTICATED);
    if (state.transaction !== undefined) return state.fault("AUTH", say.IN_TRANSACTION);
    if (options.auth === "tls-only" && client.tls === undefined) return state.fault("AUTH", say.AUTH_NEEDS_TLS);
    const mechanism = mechanismsNow(options, client).find((offered) => offered === name);
    if (mechanism === undefined) return state.fault("AUTH", say.UNKNOWN_MECHANISM);
    if (this.#isFollowed()) return;
    this.#exchange = new AuthExchange(mechanism, state.random);
    state.mode = "auth";
    this.#step(this.#exchange.start(initial));
  }

  line(text: string): void {
    if (this.#exchange === undefined) throw new Error("an AUTH line without its exchange");
    if (!this.#isFollowed()) this.#step(this.#exchange.line(text));
  }

  answered(answer: Answer): void {
    if (this.#exchange === undefined) throw new Error("an AUTH answer without its exchange");
    // Whether the rest came in the same packet or while the host was thinking makes no difference.
    if (this.#isFollowed()) return;
    if (answer.to === "password") return this.#step(this.#exchange.passwordChecked(answer.ok));
    if (answer.to === "verifier") return this.#step(this.#exchange.verifierFound(answer.known, answer.verifier));
    this.abandon();
    this.#state.refuse("AUTH", say.AUTH_TROUBLE);
  }

  abandon(): void {
    this.#exchange = undefined;
    if (this.#state.mode === "auth") this.#state.mode = "command";
  }

  /** Nothing may be sent behind a line of an exchange (RFC 4954 §4): who does it speaks without listening. */
  #isFollowed(): boolean {
    if (this.#state.inbox.left === 0) return false;
    this.#state.end(say.PIPELINED, "pipelined behind AUTH");
    return true;
  }

  #step(step: AuthStep): void {
    const state = this.#state;
    switch (step.is) {
      case "challenge":
        return state.say(`334 ${Buffer.from(step.text).toString("base64")}\r\n`);
      case "password":
        return state.ask({ ask: "password", login: step.login, password: step.password, client: state.client }, "AUTH");
      case "verifier":
        return state.ask({ ask: "verifier", login: step.login }, "AUTH");
      case "authenticated":
        if (this.#exchange?.mechanism === "SCRAM-SHA-256")
          state.do({ is: "scram-done", login: step.login, ok: true, client: state.client });
        this.abandon();
        state.client = { ...state.client, login: step.login };
        return state.say(say.AUTHENTICATED);
      case "refused":
        this.abandon();
        if (step.scramLogin !== undefined) state.do({ is: "scram-done", login: step.scramLogin, ok: false, client: state.client });
        return state.fault("AUTH", step.reply);
      default:
        return unreachable(step);
    }
  }
}
