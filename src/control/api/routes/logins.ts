/** Who may do what: sessions, users, second factors, keys. */
import type { Role } from "../../../model/view.ts";
import { moment, tenant } from "./fields.ts";
import { OWNER_OR_TENANT, READS, route } from "./route.ts";
import { bool, flag, int, list, maybe, object, oneOf, orNull, patterned, type Shape, str, text, time, yes } from "./schema.ts";

const ROLES: readonly Exclude<Role, "link">[] = ["owner", "operator", "abuse", "tenant-admin", "tenant-read"];
const role = oneOf("what it may do", ROLES);
const name = text("the login's name", 64, "ann");
const password = text("the password", 1024, "…");
const code = maybe(patterned("the six digits of the second factor", "^[0-9 ]{6,9}$", "must be six digits", 9, "123456"));
const proof = { password, code };

const me = object({
  name: str,
  role: oneOf("what it may do", [...ROLES, "link"]) as Shape<Role>,
  tenant: orNull(str),
  by: oneOf("how it was shown", ["session", "key", "socket", "link"]),
  csrf: orNull(str),
  freshUntil: time,
  node: object({ name: str, number: int, version: str }),
  lab: bool,
  zone: orNull(str),
});
const meReply = object({ me });

const user = object({ name: str, role, tenant: orNull(str), secondFactor: bool, createdAt: time, lastLoginAt: orNull(time) });
const key = object({ id: str, name: str, role, tenant: orNull(str), createdAt: time, until: orNull(time), lastUsedAt: orNull(time) });

export const loginRoutes = {
  me: route("Who I am here, and what I may do", READS, {}, me),

  login: route("Begins a session", "everybody", { name, ...proof }, meReply),
  logout: route("Ends this session", READS, {}, object({ out: yes }), { unrecorded: true }),
  confirm: route("Shows the password again, for orders that cannot be undone", READS, proof, object({ freshUntil: time })),

  makeFirst: route(
    "Makes a code that lets an owner in, from this machine only",
    "socket",
    {},
    object({ code: str, url: str, until: time }),
  ),
  first: route("Whether a first-login code is still good", "everybody", { code: text("the code", 128, "…") }, object({ good: bool })),
  useFirst: route(
    "Sets the owner's password with a first-login code",
    "everybody",
    { code: text("the code", 128, "…"), name, password },
    meReply,
  ),

  changePassword: route("Changes my password", READS, { old: password, fresh: password }, object({ changed: yes })),
  beginSecondFactor: route(
    "A new secret for my second factor; it holds once a code proves it",
    READS,
    {},
    object({ secret: str, uri: str }),
    { fresh: true },
  ),
  finishSecondFactor: route("Turns my second factor on", READS, { code: text("the six digits", 9, "123456") }, object({ on: yes })),
  endSecondFactor: route("Turns my second factor off", READS, {}, object({ on: bool }), { fresh: true }),

  sessions: route(
    "My sessions",
    READS,
    {},
    object({ sessions: list(object({ id: str, user: str, ip: str, agent: str, since: time, lastSeenAt: time, current: bool })) }),
  ),
  endSession: route("Ends one of my sessions", READS, { id: text("the session's id", 128, "…") }, object({ ended: bool })),

  users: route("People with a login", OWNER_OR_TENANT, {}, object({ users: list(user) })),
  addUser: route(
    "Lets somebody in; a password is made and shown once if none is given",
    OWNER_OR_TENANT,
    { name, role, tenant: maybe(tenant), password: maybe(password) },
    object({ user, password: orNull(str) }),
    { fresh: true },
  ),
  setUser: route(
    "Changes somebody's role, tenant, password or second factor",
    OWNER_OR_TENANT,
    { name, role: maybe(role), tenant: maybe(tenant), password: maybe(password), secondFactorOff: flag("forget the second factor") },
    object({ user }),
    { fresh: true },
  ),
  removeUser: route("Lets somebody in no more", OWNER_OR_TENANT, { name }, object({ removed: user }), { fresh: true }),

  keys: route("Keys of programs", OWNER_OR_TENANT, {}, object({ keys: list(key) })),
  addKey: route(
    "Makes a key for a program; its token is shown once",
    OWNER_OR_TENANT,
    { name: text("what it is for", 64, "billing"), role, tenant: maybe(tenant), until: maybe(moment) },
    object({ key, token: str }),
    { fresh: true },
  ),
  removeKey: route("Makes a key useless", OWNER_OR_TENANT, { id: text("the key's id", 128, "…") }, object({ removed: key }), {
    fresh: true,
  }),
};
