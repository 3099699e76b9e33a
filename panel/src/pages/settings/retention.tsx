/** What is kept, for how long, how large it is; and forgetting an address. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { bytesText, countText } from "../../../../src/base/size-text.ts";
import { sayProblem } from "../../api/actions.ts";
import { call, me } from "../../api/client.ts";
import { useLoad } from "../../api/load.ts";
import type { RetentionReply } from "../../api/shapes.ts";
import { askFirst } from "../../frame/dialog.tsx";
import { toast } from "../../frame/notices.ts";
import { Block } from "../../look/blocks.tsx";
import { Field } from "../../look/field.tsx";
import { Mark } from "../../look/state.tsx";
import { Table } from "../../look/table.tsx";

export function RetentionTab(): JSX.Element {
  const loaded = useLoad("retention", {});
  return (
    <>
      <Block loaded={loaded}>{(kept) => <Kept kept={kept} />}</Block>
      {me.value?.role === "owner" ? <Forget after={loaded.reload} /> : null}
    </>
  );
}

function Kept({ kept: { history, others } }: { readonly kept: RetentionReply }): JSX.Element {
  return (
    <>
      <p>
        Stories are kept for {history.days} days; they take {bytesText(history.bytes)}.
      </p>
      <ul>
        {others.map((one) => (
          <li key={one.what}>
            {one.what}: {one.days === null ? "as long as needed" : `${one.days} days`}
            {one.bytes === null ? "" : `, ${bytesText(one.bytes)}`}
          </li>
        ))}
      </ul>
      <Table caption="Days kept, newest first" look="" columns={["Day", ["Deliveries", "num"], ["Size", "num"], "State"]}>
        <tbody>
          {history.files.map((file) => (
            <tr key={file.day}>
              <td>{file.day}</td>
              <td class="num">{countText(file.deliveries)}</td>
              <td class="num">{bytesText(file.bytes)}</td>
              <td>{file.broken ? <Mark is="fault">set aside, damaged</Mark> : "whole"}</td>
            </tr>
          ))}
        </tbody>
      </Table>
    </>
  );
}

function Forget({ after }: { readonly after: () => void }): JSX.Element {
  const [address, setAddress] = useState("");
  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    const text = `Every trace of ${address} leaves history. Figures stay. This cannot be taken back.`;
    if (!(await askFirst({ title: "Forget this address?", text, yes: `Forget ${address}` }))) return;
    try {
      const { changed } = await call("forget", { address });
      toast({ text: `${countText(changed)} deliveries no longer name it.` });
      setAddress("");
      after();
    } catch (thrown) {
      sayProblem(thrown);
    }
  };
  return (
    <>
      <h2>Forget an address</h2>
      <form class="form-row" onSubmit={(event) => void send(event)}>
        <Field label="Address" value={address} set={setAddress} type="email" required />
        <button type="submit">Forget it</button>
      </form>
    </>
  );
}
