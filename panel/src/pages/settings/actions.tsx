/** Orders about mail, newest first, with what can still be taken back. */
import type { JSX } from "preact";
import { countText } from "../../../../src/base/size-text.ts";
import { undo } from "../../api/actions.ts";
import { useLoad } from "../../api/load.ts";
import type { ActionRow } from "../../api/shapes.ts";
import { mayAct } from "../../frame/pages.ts";
import { Block, Empty } from "../../look/blocks.tsx";
import { Foreign } from "../../look/foreign.tsx";
import { Icon } from "../../look/icons.tsx";
import { Table } from "../../look/table.tsx";
import { minuteText, momentText } from "../../look/times.ts";

export function ActionsTab(): JSX.Element {
  const loaded = useLoad("actions", {});
  return (
    <Block loaded={loaded}>
      {({ actions }) =>
        actions.length === 0 ? (
          <Empty>
            <p>Nobody held, released or discarded anything yet.</p>
          </Empty>
        ) : (
          <Table
            caption="Actions, newest first"
            columns={[["No.", "c-num"], ["When", "c-state"], "Who, what", ["On", "c-wide"], ["Done", "num c-took"], ["Undo", "c-acts"]]}
          >
            <tbody>
              {actions.map((action) => (
                <ActionLine key={action.action} action={action} reload={loaded.reload} />
              ))}
            </tbody>
          </Table>
        )
      }
    </Block>
  );
}

function ActionLine({ action, reload }: { readonly action: ActionRow; readonly reload: () => void }): JSX.Element {
  return (
    <tr>
      <td>{action.action}</td>
      <td>{momentText(action.at)}</td>
      <td>
        {action.by.id}: {action.verb}
        {action.note === null ? null : (
          <small>
            <Foreign text={action.note} />
          </small>
        )}
      </td>
      <td class="why mono">
        <Foreign text={action.selector} />
      </td>
      <td class="num" data-label="done">
        {countText(action.done)} of {countText(action.matched)}
      </td>
      <td>
        {action.undone ? <span class="dim">undone</span> : null}
        {action.undoable && mayAct() ? (
          <button type="button" onClick={() => void undo(action.action, reload)}>
            <Icon name="undo" /> Undo<span class="hidden"> action {action.action}</span>
          </button>
        ) : null}
        {action.until === null || action.undone ? null : <small>until {minuteText(action.until)}</small>}
      </td>
    </tr>
  );
}
