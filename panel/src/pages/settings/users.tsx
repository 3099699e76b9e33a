/** People with a login. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { sayProblem } from "../../api/actions.ts";
import { me, order } from "../../api/client.ts";
import { useLoad } from "../../api/load.ts";
import type { UserRole, UserRow } from "../../api/shapes.ts";
import { askFirst } from "../../frame/dialog.tsx";
import { Menu } from "../../frame/menu.tsx";
import { toast } from "../../frame/notices.ts";
import { Block } from "../../look/blocks.tsx";
import { minuteText } from "../../look/times.ts";
import { Once } from "./once.tsx";

export const ROLE_WORDS: Readonly<Record<UserRole, string>> = {
  owner: "owner: everything",
  operator: "operator: everything but users and keys",
  abuse: "abuse desk: mail and suppression, no settings",
  "tenant-admin": "tenant admin: its own mail and people",
  "tenant-read": "tenant reader: its own mail",
};

export function rolesFor(mine: string): readonly UserRole[] {
  const all = Object.keys(ROLE_WORDS) as UserRole[]; // the keys of a Record are what its type says
  return mine === "owner" ? all : all.filter((role) => role.startsWith("tenant"));
}

export function UsersTab(): JSX.Element {
  const loaded = useLoad<{ readonly users: readonly UserRow[] }>("/users");
  const [secret, setSecret] = useState<{ readonly what: string; readonly secret: string }>();
  const { reload } = loaded;
  return (
    <>
      {secret === undefined ? null : <Once {...secret} close={() => setSecret(undefined)} />}
      <Block loaded={loaded}>
        {({ users }) => (
          <table class="rows">
            <caption class="hidden">Users</caption>
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col" class="c-wide">
                  Role
                </th>
                <th scope="col" class="c-state">
                  2nd factor
                </th>
                <th scope="col">Last login</th>
                <th scope="col" class="c-acts">
                  <span class="hidden">Action</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {users.map((user) => (
                <tr key={user.name}>
                  <td>{user.name}</td>
                  <td>
                    {user.role}
                    {user.tenant === null ? "" : ` of ${user.tenant}`}
                  </td>
                  <td data-label="2nd factor">{user.secondFactor ? "on" : "off"}</td>
                  <td data-label="last login">{user.lastLoginAt === null ? "never" : minuteText(user.lastLoginAt)}</td>
                  <td>
                    <UserMenu user={user} reload={reload} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Block>
      <AddUser
        done={(name, password) => {
          if (password !== null) setSecret({ what: `Password of ${name}`, secret: password });
          reload();
        }}
      />
    </>
  );
}

function UserMenu({ user, reload }: { readonly user: UserRow; readonly reload: () => void }): JSX.Element | null {
  if (user.name === me.value?.name) return <span class="dim">you</span>;
  const change = (body: object, said: string): void =>
    void order("PUT", `/users/${encodeURIComponent(user.name)}`, body).then(() => (toast({ text: said }), reload()), sayProblem);
  const remove = async (): Promise<void> => {
    const text = `${user.name} is signed out everywhere and cannot come back. Create the login anew to undo it.`;
    if (!(await askFirst({ title: `Remove ${user.name}?`, text, yes: `Remove ${user.name}`, cli: `users remove ${user.name}` }))) return;
    await order("DELETE", `/users/${encodeURIComponent(user.name)}`).then(
      () => (toast({ text: `${user.name} is removed.` }), reload()),
      sayProblem,
    );
  };
  return (
    <Menu
      label={
        <>
          Change<span class="hidden"> {user.name}</span>
        </>
      }
    >
      {rolesFor(me.value?.role ?? "tenant-admin")
        .filter((role) => role !== user.role && role.startsWith("tenant") === (user.tenant !== null))
        .map((role) => (
          <button type="button" key={role} onClick={() => change({ role }, `${user.name} is ${role} now.`)}>
            Make {role}
          </button>
        ))}
      {user.secondFactor ? (
        <button type="button" onClick={() => change({ secondFactorOff: true }, `${user.name} signs in without a second factor now.`)}>
          Forget the second factor
        </button>
      ) : null}
      <button type="button" onClick={() => void remove()}>
        Remove
      </button>
    </Menu>
  );
}

function AddUser({ done }: { readonly done: (name: string, password: string | null) => void }): JSX.Element {
  const mine = me.value?.role ?? "tenant-admin";
  const roles = rolesFor(mine);
  const [name, setName] = useState("");
  const [role, setRole] = useState<UserRole>(roles[1] ?? "tenant-read");
  const [tenant, setTenant] = useState("");
  const ofTenant = mine === "owner" && role.startsWith("tenant");
  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    try {
      const body = { name: name.trim(), role, ...(ofTenant ? { tenant: tenant.trim() } : {}) };
      const { password } = await order<{ readonly password: string | null }>("POST", "/users", body);
      done(name.trim(), password);
      setName("");
    } catch (thrown) {
      sayProblem(thrown);
    }
  };
  return (
    <>
      <h2>Let somebody in</h2>
      <form class="form-row" onSubmit={(event) => void send(event)}>
        <label class="field">
          <span>Name</span>
          <input required maxLength={64} value={name} onInput={(event) => setName(event.currentTarget.value)} />
        </label>
        <RoleField roles={roles} role={role} set={setRole} />
        {ofTenant ? (
          <label class="field">
            <span>Tenant</span>
            <input required maxLength={64} value={tenant} onInput={(event) => setTenant(event.currentTarget.value)} />
          </label>
        ) : null}
        <button type="submit" class="main">
          Add user
        </button>
      </form>
    </>
  );
}

export function RoleField({
  roles,
  role,
  set,
}: {
  readonly roles: readonly UserRole[];
  readonly role: UserRole;
  readonly set: (role: UserRole) => void;
}): JSX.Element {
  return (
    <label class="field">
      <span>Role</span>
      <select value={role} onChange={(event) => set(roles.find((one) => one === event.currentTarget.value) ?? role)}>
        {roles.map((one) => (
          <option key={one} value={one}>
            {ROLE_WORDS[one]}
          </option>
        ))}
      </select>
    </label>
  );
}
