/** Every setting that a configuration file may hold, in the order of the reference page. */

import { list, map, section, type ValueOf } from "../../base/option.ts";
import { byteCount, choice, cidr, duration, hostPort, leaf, text, wholeNumber, yesNo } from "../../base/option-leaves.ts";
import { DEFAULT_RETRY } from "../../relay/dispatch/dispatch.ts";
import { destinations } from "./destination-options.ts";
import { dnsOptions } from "./dns-options.ts";
import { httpPlace } from "./http-place.ts";
import { isHostname, readDomain } from "./names.ts";
import { tlsReportOptions } from "./tls-report-options.ts";
import { upstream } from "./upstream-url.ts";
import { choiceOption, egressOption, poolsOption, upstreamsOption } from "./way-options.ts";

const KINDS = ["smtp", "submission", "submissions"] as const;
export type ListenerKind = (typeof KINDS)[number];

const PATH = { form: "a path" } as const;

const listener = section(
  {
    smtp: hostPort({ example: "0.0.0.0:25", doc: "Takes mail on this address (port 25), STARTTLS offered." }),
    submission: hostPort({ example: "0.0.0.0:587", doc: "Takes mail with a login on this address, STARTTLS offered (RFC 6409)." }),
    submissions: hostPort({ example: "0.0.0.0:465", doc: "The same with TLS from the first byte (RFC 8314)." }),
    name: text({ form: "a name", example: "inside", doc: "How traces and logs call it.", otherwise: "kind and port, as smtp-25" }),
    tls: choice(["starttls", "implicit", "none"], {
      doc: "TLS on request, from the first byte, or not at all.",
      otherwise: "starttls; implicit for submissions",
    }),
    auth: choice(["tls-only", "always", "never"], {
      doc: "When a login is offered. `always` lets passwords travel in the clear.",
      otherwise: "tls-only",
    }),
    proxyFrom: list(cidr({ doc: "A load balancer." }), {
      default: [],
      doc: "Peers that must begin with a PROXY header (v1 or v2); all others are dropped. For a listener behind a load balancer.",
    }),
    xclientFrom: list(cidr({ doc: "A peer." }), { default: [], doc: "Peers that may name another client by XCLIENT." }),
  },
  {
    doc: "An address to listen on, with one of smtp, submission, submissions.",
    check: (value, { path, line }, report) => {
      const given = KINDS.filter((kind) => value[kind] !== undefined);
      if (given.length === 0)
        report({
          path,
          line,
          cause: "says no address",
          remedy: "write one of smtp, submission, submissions, for example smtp: 0.0.0.0:25",
        });
      if (given.length > 1) report({ path, line, cause: `has ${given.join(" and ")}`, remedy: "begin an item of its own (-) for each" });
      if (value.tls === "none" && value.submissions)
        report({
          path,
          line,
          cause: "is submissions, which is TLS from the first byte, without TLS",
          remedy: "use submission, or leave tls out",
        });
    },
  },
);

const returnPath = section(
  {
    domain: leaf(
      {
        form: "a domain",
        example: "bounces.example.net",
        read: (written) => readDomain(written),
        show: (name: string) => name,
      },
      {
        otherwise: "senders' own return paths stay",
        doc: "MAIL FROM of what goes out becomes an address here that tells what it returns, so that a bounce which comes later finds its message. The domain's MX must lead to this server.",
      },
    ),
    complaints: list(text({ form: "a local part", example: "fbl", doc: "A local part." }), {
      default: ["fbl"],
      usual: ["fbl"],
      doc: "Local parts at that domain to which receivers send complaints (feedback loops, RFC 5965).",
    }),
  },
  { doc: "Where bounces come back to." },
);

const tls = section(
  {
    certificate: text({ ...PATH, example: "/etc/ssl/relay.pem", doc: "The certificate and those above it, PEM." }),
    key: text({ ...PATH, example: "/etc/ssl/relay.key", doc: "Its private key, PEM, readable to the user that runs Fairlead." }),
  },
  {
    doc: "The certificate for STARTTLS and TLS, read again when the files change. Without this section one is made at the first start; it is signed by nobody, which is enough for encryption.",
    check: ({ certificate, key }, { path, line }, report) => {
      if ((certificate === undefined) !== (key === undefined))
        report({
          path,
          line,
          cause: `has ${key === undefined ? "no key" : "no certificate"}`,
          remedy: "give both, or neither for a self-signed one",
        });
    },
  },
);

const limits = section(
  {
    messageSize: byteCount({ default: 50 * 2 ** 20, least: "64 KB", most: "1 GB", doc: "Content above this is refused (552 5.3.4)." }),
    recipients: wholeNumber({
      default: 1000,
      least: 100,
      most: 100_000,
      doc: "Recipients of one message; the next one gets 452 4.5.3 and comes with another (RFC 5321 §4.5.3.1.8 wants at least 100).",
    }),
    connections: wholeNumber({ default: 1000, least: 1, most: 50_000, doc: "Connections served at a time; more wait ungreeted." }),
    connectionsPerAddress: wholeNumber({ default: 500, least: 1, most: 50_000, doc: "The same for one client address." }),
  },
  { doc: "What a client may ask for." },
);

const DEMANDS = ["opportunistic", "encrypted", "required"] as const;
const DEMANDED =
  "`encrypted`: with any certificate; `required`: with one of a trusted authority for the host's name. Mail waits where that cannot be had.";

const outgoingTls = section(
  {
    default: choice(DEMANDS, {
      default: "opportunistic",
      doc: `TLS towards the mail hosts of recipients' domains: where it works, or always. ${DEMANDED} What a domain itself asks for by DANE or MTA-STS holds in any case.`,
    }),
    domains: map(choice(DEMANDS, { default: "opportunistic", doc: "What is asked of its hosts." }), {
      key: "domain",
      example: "example.org",
      readKey: readDomain,
      doc: "The same for single recipient domains.",
    }),
    dane: yesNo({
      default: true,
      doc: "Verify mail hosts by the TLSA records of their domains (RFC 7672). It needs a name server that checks signatures, on this machine or named in dns.validating.",
    }),
    mtaSts: yesNo({ default: true, doc: "Verify mail hosts by the MTA-STS policies of their domains (RFC 8461)." }),
  },
  { doc: "TLS on the way out." },
);

const outgoing = section(
  {
    tls: outgoingTls,
    connections: wholeNumber({ default: 500, least: 1, most: 20_000, doc: "Connections to all destinations together." }),
    perUpstream: wholeNumber({ default: 20, least: 1, most: 1000, doc: "Connections to one upstream." }),
    perDomain: wholeNumber({ default: 10, least: 1, most: 1000, doc: "Connections to the mail hosts of one recipient domain." }),
    messagesPerConnection: wholeNumber({
      default: 1000,
      least: 1,
      most: 100_000,
      doc: "Messages on one connection before it is closed and another opened.",
    }),
    replyWithin: duration({
      default: 5 * 60_000,
      least: "1s",
      most: "1h",
      doc: "How long a receiver may take for a reply (RFC 5321 §4.5.3.2 wants 5 min).",
    }),
    verdictWithin: duration({
      default: 10 * 60_000,
      least: "1s",
      most: "1h",
      doc: "The same for the reply to the final dot (10 min). Cutting it short makes second copies: a slow receiver may have the message.",
    }),
  },
  { doc: "What we ask of others." },
);

const retry = section(
  {
    schedule: list(duration({ least: "1s", most: "7d", doc: "A wait." }), {
      default: DEFAULT_RETRY.scheduleMs,
      usual: ["1m", "5m", "15m", "30m", "1h", "2h", "4h"],
      doc: "The wait after the first, second … attempt; the last repeats. Each is varied by 10 %.",
    }),
    expire: duration({
      default: DEFAULT_RETRY.expireMs,
      least: "1s",
      most: "30d",
      doc: "How long after acceptance it is given up and returned.",
    }),
    delayWarning: duration({
      default: DEFAULT_RETRY.delayWarningMs,
      least: "1s",
      most: "30d",
      doc: "How long after acceptance the sender is told that it waits.",
    }),
    inDoubtAfter: duration({
      default: DEFAULT_RETRY.inDoubtAfterMs,
      least: "1s",
      most: "1d",
      doc: "How long to wait where the whole message was sent and no answer came: most receivers drop a second copy that comes later than the first was filed.",
    }),
  },
  {
    doc: "When mail that could not be delivered is tried again.",
    check: ({ schedule }, { path, line }, report) => {
      if (schedule.length === 0 || schedule.length > 50)
        report({ path: `${path}.schedule`, line, cause: `has ${schedule.length} waits`, remedy: "write 1 to 50" });
    },
  },
);

export const SCHEMA = section(
  {
    data: text({
      ...PATH,
      example: "/var/lib/fairlead",
      default: "./data",
      doc: "The folder that keeps mail and settings. On a local disk: SQLite does not trust network file systems.",
    }),
    hostname: leaf(
      {
        form: "a host name",
        example: "relay.example.net",
        read: (written) => (isHostname(written) ? written.toLowerCase() : undefined),
        show: (name: string) => name,
      },
      {
        otherwise: "the machine's own name",
        doc: "The name in greetings, in EHLO and in Received lines. It should be the one that the address resolves back to.",
      },
    ),
    listeners: list(listener, { default: [], usual: ["smtp: 127.0.0.1:2525"], doc: "Where mail is taken. --smtp adds one." }),
    allow: list(cidr({ doc: "A range." }), {
      default: [],
      usual: ["127.0.0.0/8", "::1"],
      doc: "Who may send without a login, anywhere. --allow adds one. A range wider than /16 (IPv6: /32) is refused: it makes an open relay for strangers.",
    }),
    iKnowThisIsWide: yesNo({ default: false, doc: "Allow such a range all the same, for a network that is closed in another way." }),
    upstream: upstream({
      doc: "Hand all mail to this server. Without it mail goes to the recipient domain's own hosts, by MX. In user and password write @ : / ? # % as %40 %3A %2F %3F %23 %25.",
    }),
    routes: map(upstream({ doc: "An upstream." }), {
      key: "domain",
      example: "example.org",
      readKey: readDomain,
      doc: "Upstreams for single recipient domains; they win over upstream.",
    }),
    egress: egressOption,
    upstreams: upstreamsOption,
    pools: poolsOption,
    choice: choiceOption,
    destinations,
    dns: dnsOptions,
    returnPath,
    tlsReports: tlsReportOptions,
    tls,
    limits,
    outgoing,
    retry,
    spool: section(
      {
        keepFree: byteCount({
          least: "1 MB",
          most: "1 TB",
          otherwise: "the larger of 2 GB and 5 % of the disk",
          doc: "Below this much free space no mail is taken (452 4.3.1), while deliveries go on.",
        }),
      },
      { doc: "How mail is kept." },
    ),
    http: httpPlace({
      doc: "Where the panel and the API answer browsers and programs. Anywhere but on this machine's own loopback with TLS, by the certificate above. off: only the socket in the data folder.",
    }),
    control: text({
      ...PATH,
      example: "/run/fairlead/control.sock",
      otherwise: "control.sock in the data folder",
      doc: "The socket that commands such as status and queue speak to. They look for it in the data folder: if it is elsewhere, link it there (ln -s).",
    }),
    logLevel: choice(["debug", "info", "warn", "error"], { default: "info", doc: "The least important lines that are logged." }),
  },
  { doc: "Fairlead's settings." },
);

/** What a file says, defaults filled in where one value is the default. */
export type ConfigFile = ValueOf<typeof SCHEMA>;
