/** The law as tables. Change them with a reason in the commit; the ratchets may shrink, never grow. */

/** A file may import from its own layer and from those to its left. */
export const LAYERS = ["base", "model", "wire", "mail", "judge", "store", "relay", "diagnose", "watch", "control", "node", "cli"];

/** Folders outside src, and what they may import besides themselves. Absent: anything. */
export const ONLY: Readonly<Record<string, readonly string[]>> = {
  "lab/world": ["src/base", "src/model", "src/wire"], // a simulated receiver that shared our code would share our bugs
  panel: ["src/model", "src/base", "src/control/api"], // types of what the API answers, and how times and sizes are written
};

/** Layers of single files; in the others a folder is a part, and the file named after it is its face. */
export const WITHOUT_PARTS = ["base", "model", "node", "cli"];
/** Parts with other faces than that one. */
export const FACES: Readonly<Record<string, readonly string[]>> = {
  "src/wire/smtp": ["server.ts", "server-host.ts", "client.ts"],
  // Who answers and what stands behind it; who asks, and what both speak; the query's grammar; keys of story links; how an
  // event looks, which is told to webhooks too, what of it a tenant sees, and which is the newest.
  "src/control/api": [
    ...["api.ts", "node-face.ts", "desk.ts", "client.ts", "routes.ts", "paths.ts", "query-text.ts", "links.ts"],
    ...["event-row.ts", "tenant-sees.ts", "newest-event.ts", "limit-desk.ts", "way-desk.ts"],
  ],
  "src/control/metrics": ["metrics.ts", "traffic.ts"], // what Prometheus reads, and what the panel shows of the last hour
  "src/mail/replies": ["replies.ts", "providers.ts"], // what replies mean; and who runs a host, for threads that need no more
  "src/relay/intake": ["intake.ts", "pickup-file.ts"], // sendmail loads the drop folder's files and nothing else:
  "src/mail/message": ["message.ts", "address-list.ts"], // it starts once a message
  "src/wire/dns": ["stub-resolver.ts", "name-server.ts"], // who asks, and who answers
  "src/store/settings": ["control-settings.ts"], // whose Settings are numbered revisions
  "src/store/sql": ["sql.ts", "served-sql.ts", "dialect.ts", "migrations.ts"], // a database here, one that another thread serves, and how it grows
};

/** Reached by a commit that is being made: parts that are built side by side land one after the other. */
export const AWAITED: readonly string[] = [];

/** Written for tests, beside what they stand in for; the program must not import them. */
export const FOR_TESTS = [
  "src/cli/stage.ts",
  "src/diagnose/story/one-record.ts",
  "src/diagnose/story/specimens.ts",
  "src/control/metrics/event-stream.ts",
  "src/control/metrics/watched-traffic.ts",
  "src/control/webhooks/hook-house.ts",
  "src/control/api/memory-desk.ts",
  "src/control/api/memory-house.ts",
  "src/control/api/memory-limits.ts",
  "src/control/api/memory-node.ts",
  "src/control/api/memory-rows.ts",
  "src/control/api/memory-ways.ts",
  "src/relay/egress/stage.ts",
  "src/store/history/specimens.ts",
  "src/store/sql/both-engines.ts",
  "src/wire/smtp/scripted-host.ts",
  "src/mail/mime/spoken.ts",
  "src/mail/tls-report/report-form.ts",
];

export const FILE_LINES = 600;
export const FILE_LINES_ARGUED = 400;
/** Files above 400 lines, with the most they may have. */
export const LONG_FILES: Readonly<Record<string, number>> = {};
export const FUNCTION_LINES = 70;
export const LONG_FUNCTIONS: Readonly<Record<string, number>> = {};

/** Drawers, not names: what lies in them has a word of its own. */
export const BANNED_WORDS = ["util", "utils", "helper", "helpers", "manager", "handler", "service", "common", "misc", "info", "types"];

/** Who touches files. */
const DISK = [
  "src/base/folder.ts",
  "src/base/tls-files.ts",
  "dist/release.ts",
  "lab/experiments/h2.ts", // writes its figures where a flag says
  "lab/experiments/day.ts", // as that does
  "panel/build.ts",
  "src/cli/",
  "src/control/api/door/panel-files.ts", // the built panel, as it stood in its folder at start
  "src/control/api/door/socket.ts",
  "src/control/api/socket-place.ts",
  "src/node/",
  "src/relay/intake/pickup-file.ts",
  "src/store/history/disk/",
  "src/store/spool/disk/",
];

/** What each port hides is touched in its adapter only. */
export const BANNED_CALLS: readonly { readonly what: RegExp; readonly instead: string; readonly in: readonly string[] }[] = [
  { what: /\bDate\.now\b|\bnew Date\(\)/, instead: "clock.wall()", in: ["src/base/clock.ts", "panel/src/look/clock.ts"] },
  { what: /\bperformance\.now\b/, instead: "clock.mono()", in: ["src/base/clock.ts"] },
  {
    what: /\bset(Timeout|Interval|Immediate)\(|"node:timers/,
    instead: "clock.after() or clock.sleep()",
    in: ["src/base/clock.ts", "panel/src/look/clock.ts", "lab/world/sim-clock.ts"],
  },
  { what: /\bMath\.random\b/, instead: "random.next()", in: ["src/base/random.ts"] },
  { what: /"node:net"/, instead: "the Network port", in: ["src/base/system-network.ts", "src/base/ip.ts"] },
  {
    what: /"node:tls"/,
    instead: "the Network port",
    in: ["src/base/system-network.ts", "src/base/tls-files.ts", "src/control/api/door/secure.ts"], // HTTP wants node's own sockets
  },
  {
    what: /"node:https?"/,
    instead: "the HttpClient port of control/webhooks",
    in: [
      "src/control/api/", // the API's own server, and its client over the socket
      "src/control/webhooks/https-client.ts", // receivers of webhooks speak HTTP: TLS, chunks and timeouts of it are node's
    ],
  },
  { what: /"node:dns/, instead: "the Resolver port", in: [] },
  { what: /"node:dgram"/, instead: "the Network port", in: ["src/base/system-datagrams.ts"] },
  { what: /"node:sqlite"/, instead: "store/sql", in: ["src/store/sql/database.ts"] },
  { what: /"node:child_process"/, instead: "nothing: the program starts no programs", in: ["dist/release.ts"] },
  { what: /"node:fs/, instead: "bytes or text from the caller", in: DISK },
  { what: /\bconsole\./, instead: "a Log, or the Terminal", in: [] },
  { what: /\bprocess\.exit\(/, instead: "process.exitCode, and an orderly end", in: ["src/cli/main.ts", "src/cli/process-terminal.ts"] },
];

/** Only ever a mistake of whoever wrote it: paths and hosts of one machine. Split, so that this file has none. */
export const FOREIGN = [/\/wor[k]\//, /\/roo[t]\//, /registry\.npm[j]s\.org/, /\bfar[m]-[a-z]/];
