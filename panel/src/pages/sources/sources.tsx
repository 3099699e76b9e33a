/** Who may hand over mail: address ranges and logins, when each was last seen, and values to paste where they send from. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { sayProblem } from "../../api/actions.ts";
import { shellWord } from "../../api/cli-text.ts";
import { call } from "../../api/client.ts";
import { useLoad } from "../../api/load.ts";
import type { AddedSource, SourceRow } from "../../api/shapes.ts";
import { askFirst } from "../../frame/dialog.tsx";
import { toast } from "../../frame/notices.ts";
import { maySteer } from "../../frame/pages.ts";
import { link } from "../../frame/router.ts";
import { Block, Empty } from "../../look/blocks.tsx";
import { Foreign } from "../../look/foreign.tsx";
import { Table } from "../../look/table.tsx";
import { momentText } from "../../look/times.ts";
import { termText } from "../messages/terms.ts";
import { AddSource } from "./add-source.tsx";
import { PasteValues } from "./paste-values.tsx";
import { SetupTabs } from "./setup.tsx";

const EVERY_MS = 5000;

export function SourcesPage(): JSX.Element {
  const loaded = useLoad("sources", {}, EVERY_MS);
  const now = useLoad("status", {});
  const [added, setAdded] = useState<AddedSource>();
  const steer = maySteer();
  const doors = now.data?.listeners.filter(({ name }) => name.startsWith("smtp") || name.startsWith("submission")) ?? [];
  return (
    <>
      <h1>Who may send</h1>
      <SetupTabs at="#/setup/sources" />
      {added === undefined ? null : <PasteValues added={added} doors={doors} close={() => setAdded(undefined)} />}
      <Block loaded={loaded}>
        {({ sources }) =>
          sources.length === 0 ? (
            <Empty>
              <p>Nobody may hand over mail yet. A stranger may connect and is told to log in.</p>
            </Empty>
          ) : (
            <SourceTable sources={sources} steer={steer} reload={loaded.reload} />
          )
        }
      </Block>
      {steer ? <AddSource done={(source) => (setAdded(source), loaded.reload())} /> : null}
    </>
  );
}

function SourceTable({
  sources,
  steer,
  reload,
}: {
  readonly sources: readonly SourceRow[];
  readonly steer: boolean;
  readonly reload: () => void;
}): JSX.Element {
  return (
    <Table caption="Sources" columns={["Source", ["Kind", "c-state"], ["Known by", "c-wide"], "Last seen", ["Action", "c-acts"]]}>
      <tbody>
        {sources.map((source) => (
          <tr key={source.name}>
            <td>
              <a data-row href={link(["messages"], { q: termText("source", source.name) })}>
                <Foreign text={source.name} />
              </a>
              <small>{source.tenant}</small>
            </td>
            <td>{source.kind === "range" ? "address range" : "login"}</td>
            <td class="why">
              <Foreign text={source.kind === "range" ? (source.cidrs ?? []).join(", ") : (source.login ?? "")} mono />
            </td>
            <td data-label="seen">{source.seenAt === null ? "not since the start" : momentText(source.seenAt)}</td>
            <td>
              {source.fixed ? (
                <span class="dim">set by flag or file</span>
              ) : steer ? (
                <button type="button" onClick={() => void remove(source, reload)}>
                  Remove<span class="hidden"> {source.name}</span>
                </button>
              ) : null}
            </td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

async function remove(source: SourceRow, reload: () => void): Promise<void> {
  const login = source.kind === "credential";
  const sure = await askFirst({
    title: `Remove ${source.name}?`,
    text: login
      ? `Whoever logs in as ${source.login} gets 535 from now on. The password cannot be brought back.`
      : `${(source.cidrs ?? []).join(", ")} must log in from now on.`,
    yes: `Remove ${source.name}`,
    cli: `source remove ${shellWord(source.name)}`,
  });
  if (!sure) return;
  try {
    await call("removeSource", { name: source.name });
    toast({ text: `${source.name} may no longer send.` });
    reload();
  } catch (thrown) {
    sayProblem(thrown);
  }
}
