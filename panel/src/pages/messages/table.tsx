/** One line a delivery. A line is drawn again only when its own data changed. */
import { Component, type JSX } from "preact";
import type { Row } from "../../api/shapes.ts";
import { link } from "../../frame/router.ts";
import { Foreign } from "../../look/foreign.tsx";
import { State } from "../../look/state.tsx";
import { Table } from "../../look/table.tsx";
import { momentText, spanText, zoneText } from "../../look/times.ts";
import { nameOf } from "./list.ts";

export function MessageTable({ rows, zone }: { readonly rows: readonly Row[]; readonly zone: string }): JSX.Element {
  return (
    <Table
      caption={`Deliveries, newest first, times in ${zoneText()}`}
      look="rows mail"
      columns={[["Time", "c-time"], ["State", "c-state"], "From / sender", "To", ["Why", "c-wide"], ["Took", "num c-took"]]}
    >
      <tbody>
        {rows.map((row) => (
          <MessageLine key={nameOf(row)} row={row} zone={zone} />
        ))}
      </tbody>
    </Table>
  );
}

interface Props {
  readonly row: Row;
  /** Times are drawn again when it changes. */
  readonly zone: string;
}

class MessageLine extends Component<Props> {
  override shouldComponentUpdate(next: Props): boolean {
    return next.row !== this.props.row || next.zone !== this.props.zone;
  }

  override render({ row }: Props): JSX.Element {
    return (
      <tr class="open-row" data-name={nameOf(row)} onClick={open}>
        <td class="one">
          <a data-row href={link(["messages", row.recipients > 1 ? nameOf(row) : row.id])}>
            {momentText(row.at)}
          </a>
        </td>
        <td>
          <State is={row.state} inDoubt={row.inDoubt} possiblyTwice={row.possiblyTwice} />
        </td>
        <td>
          <Foreign text={row.from === "" ? "<>" : row.from} />
          {row.recipients > 1 ? <span class="dim"> 1 of {row.recipients}</span> : null}
          <small class="minor">
            <Foreign text={senderText(row)} />
          </small>
        </td>
        <td>{row.to === "" ? <span class="dim">none named</span> : <Foreign text={row.to} />}</td>
        <td class="why">
          {row.why === null ? <span class="dim">–</span> : <Foreign text={row.why} />}
          {replyText(row) === "" ? null : <small>{replyText(row)}</small>}
        </td>
        <td class="num" data-label={row.state === "queued" || row.state === "held" ? "for" : "took"}>
          {row.state === "refused" ? "–" : spanText(row.tookMs)}
        </td>
      </tr>
    );
  }
}

function senderText(row: Row): string {
  if (row.sender === "") return row.source; // refused before anybody was known
  return row.sender.endsWith(`@${row.source}`) ? row.sender : `${row.sender} · ${row.source}`;
}

function replyText(row: Row): string {
  const said = row.why ?? "";
  const parts = [row.fault, row.code === null ? null : String(row.code), row.enhanced];
  return parts.filter((part) => part !== null && !said.includes(part)).join(" ");
}

/** A click anywhere in the line opens it, except on a link or while text is marked. */
function open(event: MouseEvent): void {
  if (!(event.target instanceof Element) || !(event.currentTarget instanceof Element)) return;
  if (event.target.closest("a, button") !== null || getSelection()?.isCollapsed === false) return;
  const row = event.currentTarget.querySelector<HTMLAnchorElement>("[data-row]");
  if (row !== null) location.hash = row.hash;
}
