/** The quick flags, read by the same leaves as the file, so that a value is good or bad in one way. */
import type { Cidr } from "../../base/ip.ts";
import type { Endpoint } from "../../base/network.ts";
import type { Option, Report } from "../../base/option.ts";
import { cidr, hostPort } from "../../base/option-leaves.ts";
import type { Upstream } from "../../relay/deliver/deliver.ts";
import type { ConfigFlags } from "./config.ts";
import { type HttpPlace, httpPlace } from "./http-place.ts";
import { upstream } from "./upstream-url.ts";

export interface GivenFlags {
  readonly data: string | undefined;
  readonly smtp: readonly Endpoint[];
  readonly allow: readonly Cidr[];
  readonly iKnow: boolean;
  readonly upstream: Upstream | undefined;
  readonly http: HttpPlace | undefined;
  readonly lab: boolean;
}

const LEAVES = {
  smtp: hostPort({ example: "0.0.0.0:25", doc: "" }),
  allow: cidr({ doc: "" }),
  upstream: upstream({ doc: "" }),
  http: httpPlace({ doc: "" }),
};

export function readFlags(flags: ConfigFlags, report: Report): GivenFlags {
  const { data, smtp = [], allow = [], iKnow = false, lab = false } = flags;
  if (data === "") report({ path: "--data", line: undefined, cause: "must be a path, for example /var/lib/fairlead", remedy: undefined });
  if (lab) refuseWithLab(flags, report);
  const one = <T>(name: string, option: Option<T>, written: string | undefined): T =>
    written === undefined ? option.absent : option.read({ is: "scalar", line: undefined, text: written }, name, report);
  return {
    data,
    iKnow,
    lab,
    smtp: smtp.flatMap((written) => one("--smtp", LEAVES.smtp, written) ?? []),
    allow: allow.flatMap((written) => one("--allow", LEAVES.allow, written) ?? []),
    upstream: one("--upstream", LEAVES.upstream, flags.upstream),
    http: one("--http", LEAVES.http, flags.http),
  };
}

/** The lab has an internet of its own; a real way in or out beside it would be a surprise. */
function refuseWithLab({ smtp = [], allow = [], upstream }: ConfigFlags, report: Report): void {
  const others = [smtp.length > 0 && "--smtp", allow.length > 0 && "--allow", upstream !== undefined && "--upstream"].filter(
    (name) => name !== false,
  );
  for (const name of others)
    report({
      path: "--lab",
      line: undefined,
      cause: `cannot go with ${name}`,
      remedy: "the lab opens no real sockets for mail; leave one of them out",
    });
}
