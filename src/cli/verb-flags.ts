/** Flags that several verbs have, and the exit codes that go with them. */
import { EXIT } from "./exit.ts";
import type { Flag } from "./verb.ts";

/** Operands, where their number has no limit of its own. */
export const MANY = 1000;

const DATA: Flag = { name: "data", value: "DIR", says: "the node's data folder", usual: "./data, or $FAIRLEAD_DATA" };
const ELSEWHERE: readonly Flag[] = [
  { name: "node", value: "URL", says: "a node's address instead, as https://relay.example.net:8443; or $FAIRLEAD_NODE" },
  { name: "token-file", value: "FILE", says: "holds the key for it, readable by you alone; or $FAIRLEAD_TOKEN_FILE" },
  { name: "ca-file", value: "FILE", says: "trust the authorities in it instead of the system's; or $FAIRLEAD_CA_FILE" },
];
export const JSON_OUT: Flag = { name: "json", says: "machine-readable output, fields as in the API" };
const COLOR: Flag = {
  name: "color",
  value: "WHEN",
  says: "auto, always or never",
  usual: "auto; NO_COLOR is honoured",
  choices: ["auto", "always", "never"],
};
const HELP: Flag = { name: "help", short: "h", says: "this text" };

export const USUAL: readonly Flag[] = [JSON_OUT, COLOR, HELP];
/** Of verbs that ask a node. */
export const ONLINE: readonly Flag[] = [DATA, ...ELSEWHERE, ...USUAL];
/** Of those that a node answers to its own machine only. */
export const HERE: readonly Flag[] = [DATA, ...USUAL];
export const ONLINE_EXITS = [EXIT.unreachable, EXIT.notAllowed] as const;

export const NOTE: Flag = { name: "note", value: "TEXT", says: "why, for the record and the story" };
export const DRY_RUN: Flag = { name: "dry-run", says: "count what would change, change nothing" };
export const TENANT: Flag = { name: "tenant", value: "NAME", says: "whose it is" };
export const PASSWORD_STDIN: Flag = {
  name: "password-stdin",
  says: "read the password from standard input; on a terminal it is typed unseen",
};

/** Which deliveries are meant. */
export const SELECTORS: readonly Flag[] = [
  { name: "id", value: "ID", says: "a message, or one recipient of it: ID.0, ID.1 …", many: true },
  { name: "sender", value: "KEY", says: "the account behind it, as account@source" },
  { name: "from", value: "ADDRESS", says: "MAIL FROM; <> for reports" },
  { name: "to", value: "ADDRESS", says: "the recipient" },
  { name: "domain", value: "DOMAIN", says: "the recipient's domain" },
  { name: "source", value: "NAME", says: "the source that handed it over" },
  { name: "site", value: "SITE", says: "the destination, as in top" },
  { name: "older", value: "TIME", says: "accepted at least so long ago: 30min, 2h, 3d" },
  { name: "reply", value: "TEXT", says: "part of the last reply or fault" },
  { name: "state", value: "STATE", says: "queued or held", choices: ["queued", "held"] },
];
