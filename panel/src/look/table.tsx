/** A table of lines: a caption for who cannot see it, and its columns. The body is its caller's. */
import type { ComponentChildren, JSX } from "preact";

/** Its head, and the class that gives its width. A column of buttons (`c-acts`) shows no head. */
export type Column = string | readonly [head: string, width: string];

export function Table({
  caption,
  columns,
  look = "rows",
  children,
}: {
  readonly caption: string;
  readonly columns: readonly Column[];
  readonly look?: string;
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    <table class={look === "" ? undefined : look}>
      <caption class="hidden">{caption}</caption>
      <thead>
        <tr>{columns.map(headOf)}</tr>
      </thead>
      {children}
    </table>
  );
}

function headOf(column: Column): JSX.Element {
  const [head, width] = typeof column === "string" ? [column, undefined] : column;
  return (
    <th key={head} scope="col" class={width}>
      {width === "c-acts" ? <span class="hidden">{head}</span> : head}
    </th>
  );
}
