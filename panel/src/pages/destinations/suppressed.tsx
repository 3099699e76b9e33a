/** Addresses that are no longer written to: why, since when, how often it was asked for all the same. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { countText } from "../../../../src/base/size-text.ts";
import { writeCall } from "../../../../src/control/api/paths.ts";
import { sayProblem } from "../../api/actions.ts";
import { call, callWithFile } from "../../api/client.ts";
import { useLoad } from "../../api/load.ts";
import type { SuppressionsReply } from "../../api/shapes.ts";
import { askFirst } from "../../frame/dialog.tsx";
import { ExportMenu } from "../../frame/menu.tsx";
import { toast } from "../../frame/notices.ts";
import { isStaff, mayAct } from "../../frame/pages.ts";
import { go, link, route } from "../../frame/router.ts";
import { Block, Empty } from "../../look/blocks.tsx";
import { Field } from "../../look/field.tsx";
import { Foreign } from "../../look/foreign.tsx";
import { Table } from "../../look/table.tsx";
import { minuteText } from "../../look/times.ts";
import { DestinationTabs } from "./destinations.tsx";

const PAGE = 100;
/** More are found by part of the address. */
const MOST = 1000;

export function SuppressedPage(): JSX.Element {
  const text = route.value.query.get("text") ?? "";
  const [limit, setLimit] = useState(PAGE);
  const loaded = useLoad("suppressions", { text: text || undefined, limit });
  const total = loaded.data?.total;
  return (
    <>
      <div class="head">
        <h1>
          {total === undefined
            ? "Suppressed addresses"
            : total === 0
              ? "No address is suppressed."
              : `${countText(total)} ${total === 1 ? "address is" : "addresses are"} no longer written to.`}
        </h1>
        <div class="acts">
          <ExportMenu name="suppressed" from={(form) => writeCall("exportSuppressions", { form }).target} />
          {mayAct() ? <Import after={loaded.reload} /> : null}
        </div>
      </div>
      {isStaff() ? <DestinationTabs at="#/destinations/suppressed" /> : null}
      <form
        class="query"
        onSubmit={(event) => {
          event.preventDefault();
          go(link(["destinations", "suppressed"], { text: String(new FormData(event.currentTarget).get("text") ?? "") }));
        }}
      >
        <input name="text" aria-label="Part of the address" placeholder="part of the address" defaultValue={text} key={text} />
        <button type="submit">Find</button>
      </form>
      {mayAct() ? <Add after={loaded.reload} /> : null}
      <Block loaded={loaded}>
        {(reply) =>
          reply.entries.length === 0 ? (
            <Empty>
              <p>
                {text === ""
                  ? "An address comes here when its receiver says for certain that it does not exist, when its owner complains, or by you."
                  : `Nothing matches ${text}. `}
                {text === "" ? null : <a href="#/destinations/suppressed">Show all</a>}
              </p>
            </Empty>
          ) : (
            <Entries reply={reply} more={() => setLimit(Math.min(limit + PAGE, MOST))} reload={loaded.reload} />
          )
        }
      </Block>
    </>
  );
}

function Entries({
  reply,
  more,
  reload,
}: {
  readonly reply: SuppressionsReply;
  readonly more: () => void;
  readonly reload: () => void;
}): JSX.Element {
  return (
    <>
      <Table
        caption="Suppressed addresses"
        columns={["Address", ["Why", "c-wide"], ["Since", "c-state"], ["Until", "c-state"], ["Refused", "num c-num"], ["Action", "c-acts"]]}
      >
        <tbody>
          {reply.entries.map((entry) => (
            <tr key={`${entry.tenant} ${entry.address}`}>
              <td>
                <Foreign text={entry.address} />
                <small>{entry.tenant}</small>
              </td>
              <td class="why">
                {entry.why}
                {entry.detail === null ? null : (
                  <>
                    : <Foreign text={entry.detail} />
                  </>
                )}{" "}
                {entry.message === null ? null : <a href={link(["messages", entry.message])}>message</a>}
                <small>by {entry.by}</small>
              </td>
              <td data-label="since">{minuteText(entry.since)}</td>
              <td data-label="until">{entry.until === null ? "for good" : minuteText(entry.until)}</td>
              <td class="num" data-label="refused">
                {countText(entry.hits)}
              </td>
              <td>
                {mayAct() ? (
                  <button type="button" onClick={() => void remove(entry, reload)}>
                    Remove<span class="hidden"> {entry.address}</span>
                  </button>
                ) : null}
              </td>
            </tr>
          ))}
        </tbody>
      </Table>
      <p class="foot">
        {reply.entries.length} of {countText(reply.total)} shown.{" "}
        {reply.next === null ? null : reply.entries.length >= MOST ? (
          "Name part of an address to see others."
        ) : (
          <button type="button" onClick={more}>
            More
          </button>
        )}
      </p>
    </>
  );
}

/** Undone by putting it back, with its cause and end as they were. */
async function remove({ address, why, until, detail, tenant }: SuppressionsReply["entries"][number], reload: () => void): Promise<void> {
  try {
    await call("unsuppress", { addresses: [address] });
    const entry = { address, why, tenant, until: until ?? undefined, detail: detail ?? undefined };
    toast({
      text: `${address} is written to again.`,
      cli: `suppressions remove ${address}`,
      undo: () => void call("suppress", { entries: [entry] }).then(reload, sayProblem),
    });
    reload();
  } catch (thrown) {
    sayProblem(thrown);
  }
}

function Add({ after }: { readonly after: () => void }): JSX.Element {
  const [address, setAddress] = useState("");
  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    try {
      const { added, skipped } = await call("suppress", { entries: [{ address: address.trim(), why: "operator" }] });
      if (added === 0) return void toast({ text: skipped[0]?.why ?? "It is suppressed already.", stays: true });
      toast({
        text: `${address.trim()} is no longer written to.`,
        cli: `suppressions add ${address.trim()}`,
        undo: () => void call("unsuppress", { addresses: [address.trim()] }).then(after, sayProblem),
      });
      setAddress("");
      after();
    } catch (thrown) {
      sayProblem(thrown);
    }
  };
  return (
    <form class="form-row" onSubmit={(event) => void send(event)}>
      <Field label="Write no more to" value={address} set={setAddress} type="email" required placeholder="j.doe@example.org" />
      <button type="submit">Add</button>
    </form>
  );
}

const MOST_BYTES = 16 * 1024 * 1024;

function Import({ after }: { readonly after: () => void }): JSX.Element {
  const take = async (file: File): Promise<void> => {
    if (file.size > MOST_BYTES) return void toast({ text: "The file is larger than 16 MB; cut it in parts.", stays: true });
    const text = await file.text();
    const lines = text.split("\n").filter((line) => line.trim() !== "").length;
    if (
      !(await askFirst({
        title: "Import?",
        text: `${file.name}: ${countText(lines)} lines. What is in them is no longer written to.`,
        yes: `Import ${countText(lines)} lines`,
      }))
    )
      return;
    try {
      const { added, skipped } = await callWithFile("suppress", text);
      const first = skipped[0];
      toast({
        text: `${countText(added)} added, ${countText(skipped.length)} skipped${first === undefined ? "" : `, the first in line ${first.line}: ${first.why}`}.`,
        stays: true,
      });
      after();
    } catch (thrown) {
      sayProblem(thrown);
    }
  };
  return (
    <label class="button">
      Import CSV
      <input
        type="file"
        class="hidden"
        accept=".csv,text/csv"
        onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          if (file !== undefined) void take(file);
          event.currentTarget.value = "";
        }}
      />
    </label>
  );
}
