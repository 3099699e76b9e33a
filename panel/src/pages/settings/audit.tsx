/** Who did what, from where; append-only, with a chain of hashes that tells when somebody changed it. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useLoad } from "../../api/load.ts";
import type { AuditReply } from "../../api/shapes.ts";
import { Block, Empty } from "../../look/blocks.tsx";
import { Foreign } from "../../look/foreign.tsx";
import { Mark } from "../../look/state.tsx";
import { Table } from "../../look/table.tsx";
import { momentText } from "../../look/times.ts";
import { valueText } from "./changes.tsx";

export function AuditTab(): JSX.Element {
  const [who, setWho] = useState("");
  const [before, setBefore] = useState<number>();
  const loaded = useLoad("audit", { who: who || undefined, before });
  return (
    <>
      <form
        class="query"
        onSubmit={(event) => {
          event.preventDefault();
          setBefore(undefined);
          setWho(String(new FormData(event.currentTarget).get("who") ?? ""));
        }}
      >
        <input name="who" aria-label="Done by" placeholder="done by" />
        <button type="submit">Find</button>
      </form>
      <Block loaded={loaded}>
        {({ entries, chain }) => (
          <>
            <p>
              {chain.ok ? (
                <Mark is="good">The record is whole</Mark>
              ) : (
                <Mark is="fault">The record was changed at entry {chain.brokenAt}</Mark>
              )}
            </p>
            {entries.length === 0 ? (
              <Empty>
                <p>Nothing {who === "" ? "was done yet" : `by ${who}`}.</p>
              </Empty>
            ) : (
              <AuditTable entries={entries} />
            )}
            {entries.length >= 100 ? (
              <button type="button" onClick={() => setBefore(entries.at(-1)?.seq)}>
                Older
              </button>
            ) : null}
          </>
        )}
      </Block>
    </>
  );
}

function AuditTable({ entries }: { readonly entries: AuditReply["entries"] }): JSX.Element {
  return (
    <Table caption="What was done, newest first" columns={[["When", "c-state"], "Who", "What", "On", ["Before → after", "c-wide"]]}>
      <tbody>
        {entries.map((entry) => (
          <tr key={entry.seq}>
            <td>{momentText(entry.at)}</td>
            <td>
              {entry.by}
              <small>{entry.ip ?? "this machine"}</small>
            </td>
            <td>
              {entry.what}
              {entry.ok ? null : <Mark is="fault">refused</Mark>}
            </td>
            <td>{entry.on === null ? "–" : <Foreign text={entry.on} />}</td>
            <td class="why mono">
              {entry.before === null && entry.after === null ? (
                "–"
              ) : (
                <Foreign text={`${entry.before === null ? "" : `${valueText(entry.before)} → `}${valueText(entry.after)}`} />
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}
