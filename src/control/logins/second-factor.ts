/**
 * How somebody gets a second factor: a new secret stands beside the one in force until a code proves it, for a quarter of
 * an hour at most, and not past a change of password. Else whoever had somebody's session for a moment could keep a secret
 * and, with another session much later, make it theirs.
 */
import type { WallMs } from "../../base/clock.ts";
import type { Login, Logins } from "./logins.ts";
import { factorName, type LoginsPorts, nameOf, no } from "./logins-ports.ts";
import { base32, otpauthUri, stepOfCode, TOTP_SECRET_BYTES } from "./totp.ts";

const PROVED_WITHIN_MS = 15 * 60_000;
/** Before the secret: when it was made. */
const TIME_BYTES = 8;

function newFactorName(user: string): string {
  return `second-factor-new/${user}`;
}

export class SecondFactors {
  readonly #ports: LoginsPorts;

  constructor(ports: LoginsPorts) {
    this.#ports = ports;
  }

  async begin(typed: string): ReturnType<Logins["beginSecondFactor"]> {
    const { random, secrets, node, clock } = this.#ports;
    const name = nameOf(typed);
    const secret = random.bytes(TOTP_SECRET_BYTES);
    const made = Buffer.alloc(TIME_BYTES);
    made.writeBigUInt64BE(BigInt(clock.wall()));
    await secrets.setSecret(newFactorName(name), Buffer.concat([made, secret]), clock.wall());
    return { secret: base32(secret), uri: otpauthUri(secret, name, node) };
  }

  async finish(typed: string, code: string): Promise<Login<object>> {
    const { accounts, secrets, clock } = this.#ports;
    const name = nameOf(typed);
    const secret = this.#begun(name);
    if (!secret) return no("not-found", "no second factor was begun, or it was a quarter of an hour ago; ask for a new secret first");
    const step = stepOfCode(secret, code, clock.wall());
    if (step === undefined || !(await accounts.takeStep(name, step)))
      return no("code-wrong", "the six digits are wrong or too old; check that the clock of the phone is right");
    await secrets.setSecret(factorName(name), secret, clock.wall());
    await accounts.changeUser(name, { second_factor: 1 });
    await forgetNewFactor(this.#ports, name);
    return { ok: true };
  }

  #begun(name: string): Uint8Array | undefined {
    const kept = this.#ports.secrets.secret(newFactorName(name));
    if (kept?.length !== TIME_BYTES + TOTP_SECRET_BYTES) return undefined;
    const made = Number(Buffer.from(kept).readBigUInt64BE()) as WallMs;
    return Math.abs(this.#ports.clock.wall() - made) < PROVED_WITHIN_MS ? kept.subarray(TIME_BYTES) : undefined;
  }
}

/** What was begun and not proved counts no more. */
export async function forgetNewFactor({ secrets, clock }: LoginsPorts, user: string): Promise<void> {
  await secrets.setSecret(newFactorName(user), undefined, clock.wall());
}
