/** Logins with a count of those that were refused, for the metrics: who guesses passwords shows there first. */
import type { Login, Logins } from "../control/logins/logins.ts";

export interface CountedLogins {
  readonly logins: Logins;
  /** Wrong passwords, codes and keys since the start, and attempts that had to wait. */
  failed(): number;
}

export function countedLogins(logins: Logins): CountedLogins {
  let failed = 0;
  const noted = async <T>(asked: Promise<Login<T>>): Promise<Login<T>> => {
    const answer = await asked;
    if (!answer.ok) failed++;
    return answer;
  };
  return {
    failed: () => failed,
    logins: {
      ...logins,
      login: (who, visitor) => noted(logins.login(who, visitor)),
      confirm: (token, proof, visitor) => noted(logins.confirm(token, proof, visitor)),
      useFirstCode: (code, user, visitor) => noted(logins.useFirstCode(code, user, visitor)),
      byKey: async (token) => {
        const identity = await logins.byKey(token);
        if (identity === undefined) failed++;
        return identity;
      },
    },
  };
}
