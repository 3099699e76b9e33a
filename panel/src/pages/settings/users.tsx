/** People with a login. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { InputOf } from "../../../../src/control/api/routes.ts";
import { sayProblem } from "../../api/actions.ts";
import { call, me } from "../../api/client.ts";
import { useLoad } from "../../api/load.ts";
import type { UserRow } from "../../api/shapes.ts";
import { askFirst } from "../../frame/dialog.tsx";
import { Menu } from "../../frame/menu.tsx";
import { toast } from "../../frame/notices.ts";
import { Block } from "../../look/blocks.tsx";
import { Field } from "../../look/field.tsx";
import { Table } from "../../look/table.tsx";
import { minuteText } from "../../look/times.ts";
import { grantable, useGrant } from "./grant.tsx";
import { Once } from "./once.tsx";

export function UsersTab(): JSX.Element {
  const loaded = useLoad("users", {});
  const [secret, setSecret] = useState<{ readonly what: string; readonly secret: string }>();
  const { reload } = loaded;
  return (
    <>
      {secret === undefined ? null : <Once {...secret} close={() => setSecret(undefined)} />}
      <Block loaded={loaded}>
        {({ users }) => (
          <Table caption="Users" columns={["Name", ["Role", "c-wide"], ["2nd factor", "c-state"], "Last login", ["Action", "c-acts"]]}>
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
          </Table>
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
  const change = (to: Omit<InputOf<"setUser">, "name">, said: string): void =>
    void call("setUser", { name: user.name, ...to }).then(() => (toast({ text: said }), reload()), sayProblem);
  const remove = async (): Promise<void> => {
    const text = `${user.name} is signed out everywhere and cannot come back. Create the login anew to undo it.`;
    if (!(await askFirst({ title: `Remove ${user.name}?`, text, yes: `Remove ${user.name}`, cli: `users remove ${user.name}` }))) return;
    await call("removeUser", { name: user.name }).then(() => (toast({ text: `${user.name} is removed.` }), reload()), sayProblem);
  };
  return (
    <Menu
      label={
        <>
          Change<span class="hidden"> {user.name}</span>
        </>
      }
    >
      {grantable()
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
  const [name, setName] = useState("");
  const grant = useGrant();
  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    try {
      const { password } = await call("addUser", { name: name.trim(), ...grant.given });
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
        <Field label="Name" value={name} set={setName} required maxLength={64} />
        {grant.fields}
        <button type="submit" class="main">
          Add user
        </button>
      </form>
    </>
  );
}
