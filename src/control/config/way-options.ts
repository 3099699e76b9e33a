/** Settings of the ways out: addresses, upstreams, pools of them, and the rules that choose a pool. */
import { ipFamily } from "../../base/ip.ts";
import { list, map, type Report, section, type ValueOf } from "../../base/option.ts";
import { choice, leaf, wholeNumber } from "../../base/option-leaves.ts";
import { DEFAULT_EGRESS, EGRESS_STATES, type EgressName, isEgressName } from "../../model/egress.ts";
import {
  CHOICE_EXAMPLE,
  CHOICE_FORM,
  type ChoiceRule,
  type PlanFault,
  type PoolMember,
  planFaults,
  readChoiceRule,
  readMember,
  type Way,
  type WayPlan,
} from "../../relay/egress/egress.ts";
import { isHostname, readDomain } from "./names.ts";
import { upstream } from "./upstream-url.ts";

const [IN_USE, , ...REST] = EGRESS_STATES;

function ip(family: 4 | 6, example: string) {
  const read = (text: string): string | undefined => (ipFamily(text) === family ? text : undefined);
  return leaf(
    { form: `an IPv${family} address`, example, read, show: (one: string) => one },
    {
      otherwise: `nothing is sent over IPv${family}`,
      doc: `One of this machine's own IPv${family} addresses; behind NAT the inner one.`,
    },
  );
}

const domain = leaf(
  { form: "a domain", example: "shop.example", read: readDomain, show: (name: string) => name },
  { doc: "A domain; those below it are meant too." },
);

const FOR_DOMAINS = list(domain, {
  default: [],
  doc: "Only mail whose From is at one of these domains, or below one, may leave by it. None: any.",
});

const address = section(
  {
    helo: leaf(
      {
        form: "a host name",
        example: "out1.example.net",
        read: (written) => (isHostname(written) ? written.toLowerCase() : undefined),
        show: (name: string) => name,
      },
      {
        otherwise: "hostname",
        doc: "What is said in EHLO. The address's PTR record should say it too, and it should lead back to the address.",
      },
    ),
    ip4: ip(4, "192.0.2.10"),
    ip6: ip(6, "2001:db8::10"),
    state: choice(EGRESS_STATES, {
      default: "in-use",
      doc: "warming: receivers are given a little more of its mail each day. draining: no new mail, what waits for it still leaves by it. out: nothing leaves by it.",
    }),
    forDomains: FOR_DOMAINS,
  },
  { doc: "An address that mail leaves from." },
);

const smarthost = section(
  {
    url: upstream({ doc: "Where it is, as in upstream." }),
    perHour: wholeNumber({ least: 1, most: 1_000_000_000, otherwise: "without limit", doc: "Messages that it takes in any hour." }),
    perDay: wholeNumber({ least: 1, most: 1_000_000_000, otherwise: "without limit", doc: "Messages that it takes in any 24 hours." }),
    cost: leaf(
      {
        form: "a number from 0 to 1000000",
        example: "0.1",
        read: readCost,
        show: String,
      },
      {
        default: 0,
        doc: "Of a message, in a unit of yours. Of the ways that work and have room the cheapest is taken; an address costs 0.",
      },
    ),
    state: choice([IN_USE, ...REST], { default: IN_USE, doc: "As that of an address." }),
    forDomains: FOR_DOMAINS,
  },
  {
    doc: "An upstream smarthost.",
    check: ({ url }, { path, line }, report) => {
      if (url === undefined) report({ path, line, cause: "has no url", remedy: "write url: smtp://USER:PASS@HOST:PORT" });
    },
  },
);

export function readCost(text: string): number | undefined {
  return /^\d{1,7}(\.\d{1,6})?$/.test(text) && Number(text) <= 1_000_000 ? Number(text) : undefined;
}

const member = leaf<PoolMember>(
  {
    form: "the name of an address or upstream, with =WEIGHT for more or less of the mail",
    example: "out1=3",
    read: readMember,
    show: ({ name, weight }) => `${name}=${weight}`,
  },
  { doc: "A member." },
);

const rule = leaf<ChoiceRule>(
  { form: CHOICE_FORM, example: CHOICE_EXAMPLE, read: (text) => ruleOrRefused(text), show: ({ text }) => text },
  { doc: "A rule." },
);

function ruleOrRefused(text: string): ChoiceRule | { readonly refused: string } {
  const read = readChoiceRule(text);
  return "fault" in read ? { refused: read.fault } : read;
}

function readName(text: string): string | undefined {
  return isEgressName(text) && text !== DEFAULT_EGRESS ? text : undefined;
}

const NAMED = { key: "name of small letters, digits, dots and hyphens", readKey: readName } as const;

export const egressOption = map(address, {
  ...{ ...NAMED, example: "out1" },
  doc: "Addresses that mail leaves from (docs/egress.md). They can be settings, too, which are changed while it runs; those of the file come first.",
});
export const upstreamsOption = map(smarthost, {
  ...{ ...NAMED, example: "ses" },
  doc: "Upstream smarthosts that stand in pools, beside the one that takes all mail (upstream).",
});
export const poolsOption = map(list(member, { default: [], doc: "Addresses and upstreams." }), {
  ...{ key: "name of letters, digits, dots, hyphens and underscores", example: "bulk" },
  readKey: (text) => (/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(text) ? text : undefined),
  doc: "Sets of ways out. A sender's mail always takes the same one of a set, as often as its weight says. The pool default takes what no rule sends elsewhere; without it that is all addresses.",
});
export const choiceOption = list(rule, {
  default: [],
  doc: "Which mail takes which pool: the first rule that fits. It may ask for sender, tenant, source, to, from, provider, class and header NAME=VALUE, joined by and.",
});

interface WayOptions {
  readonly egress: ValueOf<typeof egressOption>;
  readonly upstreams: ValueOf<typeof upstreamsOption>;
  readonly pools: ValueOf<typeof poolsOption>;
  readonly choice: ValueOf<typeof choiceOption>;
}

/** As one plan; rules between them are reported with the path. */
export function waysOf(
  options: WayOptions,
  hostname: string,
  report: (path: readonly (string | number)[], finding: Parameters<Report>[0]) => void,
): Pick<WayPlan, "ways" | "pools" | "rules"> {
  const addresses = [...options.egress].map(([name, one]): Way => {
    const { helo = hostname, ip4, ip6, state, forDomains } = one;
    const egress = { name: name as EgressName, helo, ...(ip4 !== undefined && { ip4 }), ...(ip6 !== undefined && { ip6 }) };
    return { is: "address", egress, state, ...(forDomains.length > 0 && { forDomains }) };
  });
  const upstreams = [...options.upstreams].flatMap(([name, { url, forDomains, ...one }]): Way[] =>
    url === undefined
      ? []
      : [{ is: "upstream", name: name as EgressName, upstream: url, ...one, ...(forDomains.length > 0 && { forDomains }) }],
  );
  const plan = {
    ways: [...addresses, ...upstreams],
    pools: [...options.pools].map(([name, members]) => ({ name, members })),
    rules: options.choice,
  };
  const place = ({ is, name }: PlanFault["on"]): readonly (string | number)[] => {
    if (is === "rule") return ["choice", plan.rules.findIndex(({ text }) => text === name)];
    return [is === "pool" ? "pools" : options.egress.has(name) ? "egress" : "upstreams", name];
  };
  for (const { on, cause, remedy } of planFaults(plan)) {
    const [section, key] = place(on);
    const path = typeof key === "number" ? `${section}[${key}]` : `${section}.${key}`;
    report(place(on), { path, line: undefined, cause, remedy });
  }
  return plan;
}
