/** What a revision or an order changed: a path, before, after. */
import type { JSX } from "preact";
import { Foreign } from "../../look/foreign.tsx";
import { Table } from "../../look/table.tsx";

export function valueText(value: unknown): string {
  if (value === null || value === undefined) return "not set";
  return typeof value === "string" ? value : JSON.stringify(value);
}

export interface Change {
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

export function Changes({ changes }: { readonly changes: readonly Change[] }): JSX.Element {
  if (changes.length === 0) return <p class="dim">Nothing differs.</p>;
  return (
    <Table caption="Changes" look="" columns={["What", "Before", "After"]}>
      <tbody>
        {changes.map((change) => (
          <tr key={change.path}>
            <td class="mono">{change.path}</td>
            <td class="mono">
              <Foreign text={valueText(change.before)} />
            </td>
            <td class="mono">
              <Foreign text={valueText(change.after)} />
            </td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}
