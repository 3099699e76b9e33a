/** What a text in the settings may be: the words of the fault, an example, and the test. */
import { ipFamily, parseCidr } from "../../base/ip.ts";
import { EGRESS_STATES } from "../../model/egress.ts";
import { CHOICE_EXAMPLE, CHOICE_FORM, readChoiceRule, readMember } from "../../relay/egress/egress.ts";
import { isHostname, readCost, readDomain, readUpstream } from "../config/config.ts";

export interface Form {
  /** Completes "must be …". */
  readonly must: string;
  readonly example: string;
  readonly fits: (text: string) => boolean;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

function textOf(longest: number): (text: string) => boolean {
  return (text) => text.length >= 1 && text.length <= longest && !/\p{Cc}/u.test(text) && text.isWellFormed();
}

function isUrl(text: string, schemes: readonly string[]): boolean {
  const url = URL.parse(text);
  return (
    url !== null && schemes.includes(url.protocol) && url.username === "" && url.password === "" && text.length <= 2000 && !/\s/.test(text)
  );
}

export const FORMS = {
  name: { must: "a name of letters, digits, dots, hyphens and underscores", example: "srv1", fits: (text) => NAME.test(text) },
  words: { must: "1 to 200 characters in one line", example: "ACME Hosting", fits: textOf(200) },
  login: { must: "a user name of 1 to 255 characters", example: "srv1@relay.example.net", fits: textOf(255) },
  cidr: {
    must: "an address or range",
    example: "192.0.2.0/24",
    fits: (text) => parseCidr(text) !== undefined && ipFamily(text.split("/")[0] ?? "") !== undefined,
  },
  mailbox: {
    must: "a mail address",
    example: "ops@acme.example",
    fits: (text) => /^[^\s@<>]{1,64}@[^\s@<>]{1,255}$/u.test(text) && textOf(320)(text),
  },
  webhookUrl: {
    must: "an http or https address without a password",
    example: "https://crm.example/fairlead",
    fits: (text) => isUrl(text, ["https:", "http:"]),
  },
  publicUrl: {
    must: "the http or https address of the panel, without a path",
    example: "https://relay.example.net:8443",
    fits: (text) => isUrl(text, ["https:", "http:"]) && /^https?:\/\/[^/?#]+$/.test(text),
  },
  eventKind: { must: "a kind of event", example: "bounced", fits: (text) => /^[a-z][a-z-]{0,31}$/.test(text) },
  hostname: { must: "a host name", example: "out1.example.net", fits: isHostname },
  domain: { must: "a domain", example: "shop.example", fits: (text) => readDomain(text) !== undefined },
  ip4: { must: "an IPv4 address", example: "192.0.2.10", fits: (text) => ipFamily(text) === 4 },
  ip6: { must: "an IPv6 address", example: "2001:db8::10", fits: (text) => ipFamily(text) === 6 },
  egressState: {
    must: `one of ${EGRESS_STATES.join(", ")}`,
    example: "in-use",
    fits: (text) => EGRESS_STATES.some((state) => state === text),
  },
  upstreamUrl: {
    must: "smtp://HOST[:PORT] or smtps://… without a login",
    example: "smtp://mail.example.com:587",
    fits: (text) => isUpstreamUrl(text),
  },
  count: { must: "a whole number from 1 to 1000000000", example: "500", fits: (text) => /^[1-9]\d{0,8}$|^1000000000$/.test(text) },
  cost: { must: "a number from 0 to 1000000", example: "0.1", fits: (text) => readCost(text) !== undefined },
  poolMember: {
    must: "the name of an address or upstream, with =WEIGHT for more or less of the mail",
    example: "out1=3",
    fits: (text) => readMember(text) !== undefined,
  },
  choiceRule: { must: CHOICE_FORM, example: CHOICE_EXAMPLE, fits: (text) => !("fault" in readChoiceRule(text)) },
  days: { must: "days, from 1d to 3650d", example: "30d", fits: (text) => /^[1-9]\d{0,3}d$/.test(text) && daysOf(text) <= 3650 },
} as const satisfies Readonly<Record<string, Form>>;

function isUpstreamUrl(text: string): boolean {
  const read = readUpstream(text, "no login");
  return read !== undefined && !("refused" in read);
}

export type FormName = keyof typeof FORMS;

/** `30d` is 30. */
export function daysOf(text: string): number {
  return Number(text.slice(0, -1));
}
