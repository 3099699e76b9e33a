/** What is set, who set it, what is kept: sources, settings and their revisions, the audit, retention. */
import { address, dryRun, limit, NAME, note, tenant } from "./fields.ts";
import { OPERATOR, OPERATOR_OR_TENANT, OWNER, READS, route, streams } from "./route.ts";
import { anything, bool, flag, int, lines, list, maybe, object, oneOf, orNull, record, str, text, time, whole } from "./schema.ts";

const MOST_CIDRS = 256;
const source = object({
  ...{
    kind: oneOf("how it is known", ["range", "credential"]),
    name: str,
    tenant: str,
    createdAt: time,
    fixed: bool,
    seenAt: orNull(time),
  },
  cidrs: orNull(list(str)),
  login: orNull(str),
});

const change = object({ path: str, before: anything, after: anything });
const applied = object({ revision: orNull(int), changes: list(change), effect: list(str) });
const revisionProps = { revision: int, at: time, by: str, note: orNull(str), rolledBackTo: orNull(int) };
const REVISION = whole("the revision's number", 0);

export const settingsRoutes = {
  sources: route("Who may hand over mail", READS, {}, object({ sources: list(source) })),

  addSource: route(
    "Lets an address range or a login hand over mail",
    OPERATOR,
    {
      name: NAME,
      cidrs: maybe(list(text("address ranges", 64, "192.0.2.0/24"), MOST_CIDRS)),
      wide: flag("allow a range wider than /16, or /32 of IPv6"),
      login: maybe(text("a user name for SMTP AUTH", 255, "srv7")),
      password: maybe(text("its password; one is made if not given", 255, "…")),
      tenant: maybe(tenant),
    },
    object({ source, password: orNull(str) }),
  ),

  removeSource: route("Takes no more mail from a source", OPERATOR, { name: NAME }, object({ removed: source })),

  settings: route(
    "All settings that are changed while it runs, without secrets",
    OPERATOR,
    {},
    object({ revision: int, at: time, by: str, doc: record(anything) }),
  ),

  exportSettings: route("The same as one YAML file, fit for `apply`", OPERATOR, {}, streams("application/yaml")),

  applySettings: route(
    "Makes the settings be what a YAML file says, as one new revision",
    OPERATOR,
    {
      yaml: lines("the file", 1_000_000),
      dryRun,
      note,
      expect: maybe(whole("refuse if another revision is in force", 0)),
    },
    applied,
  ),

  revisions: route(
    "Revisions, newest first",
    OPERATOR,
    { limit: limit(50), before: maybe(REVISION) },
    object({ revisions: list(object({ ...revisionProps, changes: int })) }),
  ),

  revision: route(
    "One revision with what it changed",
    OPERATOR,
    { revision: REVISION },
    object({ ...revisionProps, changes: list(change) }),
  ),

  diffSettings: route("What differs between two revisions", OPERATOR, { from: REVISION, to: REVISION }, object({ changes: list(change) })),

  rollbackSettings: route("Makes the settings be what they were, as one new revision", OPERATOR, { to: REVISION, note, dryRun }, applied),

  audit: route(
    "Who did what, newest first, and whether the record is whole",
    OPERATOR_OR_TENANT,
    {
      limit: limit(100),
      before: maybe(whole("entries older than this one", 1)),
      who: maybe(text("done by", 64, "ann")),
      what: maybe(text("what was done", 64, "act")),
    },
    object({
      entries: list(
        object({
          ...{ seq: int, at: time, by: str, ip: orNull(str), what: str, on: orNull(str), before: anything, after: anything, ok: bool },
        }),
      ),
      chain: object({ ok: bool, brokenAt: orNull(int) }),
    }),
  ),

  retention: route(
    "What is kept, how long, and how large it is",
    OPERATOR,
    {},
    object({
      history: object({
        days: int,
        bytes: int,
        files: list(object({ day: str, bytes: int, deliveries: int, broken: bool })),
      }),
      others: list(object({ what: str, days: orNull(int), bytes: orNull(int) })),
    }),
  ),

  forget: route("Removes every trace of an address from history", OWNER, { address }, object({ changed: int }), { fresh: true }),
};
