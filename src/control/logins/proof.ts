/** Whether somebody is who they say: password, second factor, and the throttle before both. */
import type { UserRow } from "../../store/accounts/accounts.ts";
import type { Login, Visitor } from "./logins.ts";
import { BUSY, factorName, type LoginsPorts, no, wait } from "./logins-ports.ts";
import { stepOfCode } from "./totp.ts";

export type Proof = Login<{ readonly user: UserRow }>;

export interface Claim {
  /** As `nameOf` has it. */
  readonly name: string;
  readonly password: string;
  readonly code?: string;
}

/** Takes as long for a name that nobody has as for a wrong password. Without `withCode` the second factor is not asked for. */
export async function prove(ports: LoginsPorts, claim: Claim, visitor: Visitor, withCode: boolean): Promise<Proof> {
  const { accounts, hashing, throttle } = ports;
  const waitMs = throttle.begin(visitor.ip, claim.name);
  if (waitMs > 0) return wait(waitMs);
  const user = await accounts.user(claim.name);
  const fits = await hashing.fits(claim.password, user?.password);
  if (fits === "busy") {
    throttle.succeeded(visitor.ip, claim.name, false); // it was never looked at
    return BUSY;
  }
  if (!user || !fits) return no("wrong", "the name or the password is wrong");
  if (withCode && user.second_factor === 1) {
    if (claim.code === undefined) {
      throttle.succeeded(visitor.ip, claim.name, false);
      return no("code-needed", "this login has a second factor: its six digits are needed too");
    }
    if (!(await takeCode(ports, user.name, claim.code)))
      return no("code-wrong", "the six digits are wrong, too old, or were used before; wait for the next ones");
  }
  throttle.succeeded(visitor.ip, claim.name, true);
  return { ok: true, user };
}

/** True for a right code, once. */
async function takeCode({ accounts, secrets, clock }: LoginsPorts, user: string, code: string): Promise<boolean> {
  const secret = secrets.secret(factorName(user));
  const step = secret && stepOfCode(secret, code, clock.wall());
  return step !== undefined && (await accounts.takeStep(user, step));
}
