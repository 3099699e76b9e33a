/** Keys of programs: what they are for, what they may do, when they were last used. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { sayProblem } from "../../api/actions.ts";
import { call } from "../../api/client.ts";
import { useLoad } from "../../api/load.ts";
import type { KeyRow } from "../../api/shapes.ts";
import { askFirst } from "../../frame/dialog.tsx";
import { toast } from "../../frame/notices.ts";
import { Block, Empty } from "../../look/blocks.tsx";
import { Field } from "../../look/field.tsx";
import { Table } from "../../look/table.tsx";
import { minuteText } from "../../look/times.ts";
import { useGrant } from "./grant.tsx";
import { Once } from "./once.tsx";

export function KeysTab(): JSX.Element {
  const loaded = useLoad("keys", {});
  const [made, setMade] = useState<{ readonly name: string; readonly token: string }>();
  const remove = async (key: KeyRow): Promise<void> => {
    const text = `A program that uses ${key.name} is shut out at once. A new key has another token.`;
    if (!(await askFirst({ title: `Delete ${key.name}?`, text, yes: `Delete key ${key.name}`, cli: `keys remove ${key.id}` }))) return;
    await call("removeKey", { id: key.id }).then(() => (toast({ text: `${key.name} is useless now.` }), loaded.reload()), sayProblem);
  };
  return (
    <>
      {made === undefined ? null : <Once what={`Key ${made.name}`} secret={made.token} close={() => setMade(undefined)} />}
      <Block loaded={loaded}>
        {({ keys }) =>
          keys.length === 0 ? (
            <Empty>
              <p>No program has a key yet. One that watches needs an operator's, one that only reads a tenant's mail a reader's.</p>
              <pre>curl -H "Authorization: Bearer KEY" {location.origin}/api/v1/status</pre>
            </Empty>
          ) : (
            <Table caption="Keys" columns={["Name", "May act as", "Made", "Until", "Last used", ["Action", "c-acts"]]}>
              <tbody>
                {keys.map((key) => (
                  <tr key={key.id}>
                    <td>{key.name}</td>
                    <td>
                      {key.role}
                      {key.tenant === null ? "" : ` of ${key.tenant}`}
                    </td>
                    <td data-label="made">{minuteText(key.createdAt)}</td>
                    <td data-label="until">{key.until === null ? "for good" : minuteText(key.until)}</td>
                    <td data-label="used">{key.lastUsedAt === null ? "never" : minuteText(key.lastUsedAt)}</td>
                    <td>
                      <button type="button" onClick={() => void remove(key)}>
                        Delete<span class="hidden"> {key.name}</span>
                      </button>
                    </td>
                  </tr>
                ))}
              </tbody>
            </Table>
          )
        }
      </Block>
      <AddKey done={(name, token) => (setMade({ name, token }), loaded.reload())} />
    </>
  );
}

function AddKey({ done }: { readonly done: (name: string, token: string) => void }): JSX.Element {
  const [name, setName] = useState("");
  const [until, setUntil] = useState("");
  const grant = useGrant();
  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    try {
      const { token } = await call("addKey", { name: name.trim(), ...grant.given, until: until || undefined });
      done(name.trim(), token);
      setName("");
    } catch (thrown) {
      sayProblem(thrown);
    }
  };
  return (
    <>
      <h2>Make a key</h2>
      <form class="form-row" onSubmit={(event) => void send(event)}>
        <Field label="What it is for" value={name} set={setName} required maxLength={64} placeholder="billing" />
        {grant.fields}
        <Field label="Until (empty: for good)" value={until} set={setUntil} type="date" />
        <button type="submit" class="main">
          Make key
        </button>
      </form>
    </>
  );
}
