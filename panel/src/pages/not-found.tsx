/** An address that names no page. */
import type { JSX } from "preact";
import { Empty } from "../look/blocks.tsx";

export function NotFound(): JSX.Element {
  return (
    <>
      <h1>There is no such page</h1>
      <Empty>
        <p>The link may be of another version, or cut off.</p>
        <p>
          <a href="#/now">Now</a> · <a href="#/messages">Messages</a>
        </p>
      </Empty>
    </>
  );
}
