/** What can be done about a destination: pause it, let it go, cap it, send its mail another way. Each is undone as easily. */
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { countText } from "../../../../src/base/size-text.ts";
import { problemFrom } from "../../api/client.ts";
import { type Change, changeCli, orderChange, pause, pauseCli, resume, type Target, tryChange } from "../../api/limits.ts";
import { useLoad } from "../../api/load.ts";
import { Menu } from "../../frame/menu.tsx";
import { Field } from "../../look/field.tsx";
import { endOf, SPANS, type Span, Until, untilText } from "../../look/until.tsx";

interface Props {
  readonly target: Target;
  readonly reload: () => void;
}

export function Steer({ target, reload }: Props): JSX.Element {
  return (
    <>
      <div class="acts">
        <Menu label={`Pause ${target.name}`}>
          {SPANS.map((span) => (
            <button
              key={span}
              type="button"
              title={`./fairlead ${pauseCli(target, { span, until: undefined })}`}
              onClick={() => void pause(target, ending(span), reload)}
            >
              {untilText(span)}
            </button>
          ))}
        </Menu>
        <button type="button" onClick={() => void resume(target, reload)}>
          Resume, with one message first
        </button>
      </div>
      <details>
        <summary>Cap it, or send it another way</summary>
        <Cap target={target} reload={reload} />
        <Reroute target={target} reload={reload} />
      </details>
    </>
  );
}

/** For whoever does not say more. */
const BY_HAND = "ordered by hand";

function ending(span: Span): { readonly span: Span; readonly until: string | undefined } {
  return { span, until: endOf(span) };
}

function Cap({ target, reload }: Props): JSX.Element {
  const [limit, setLimit] = useState<"perMinute" | "connections">("perMinute");
  const [most, setMost] = useState("40");
  const [span, setSpan] = useState<Span>("1h");
  const [cause, setCause] = useState(BY_HAND);
  const change: Change = { limit, op: "max", n: Number(most), cause };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void orderChange(target, change, ending(span), reload);
      }}
    >
      <div class="form-row">
        <Field label="At most" type="number" min={1} max={1_000_000} step={1} required value={most} set={setMost} />
        <label class="field">
          <span>of</span>
          <select value={limit} onChange={(event) => setLimit(event.currentTarget.value === "connections" ? "connections" : "perMinute")}>
            <option value="perMinute">messages a minute</option>
            <option value="connections">connections</option>
          </select>
        </label>
        <Until value={span} set={setSpan} />
        <Field label="Why" required maxLength={500} value={cause} set={setCause} />
        <button type="submit">Cap {target.name}</button>
      </div>
      <p class="cli">./fairlead {changeCli(target, change, ending(span))}</p>
    </form>
  );
}

function Reroute({ target, reload }: Props): JSX.Element | null {
  const known = useLoad("lanes", {}).data?.lanes.map(({ egress }) => egress) ?? [];
  const [to, setTo] = useState("");
  const [span, setSpan] = useState<Span>("1h");
  const [cause, setCause] = useState(BY_HAND);
  const change: Change = { reroute: to, cause };
  const [would, setWould] = useState("");
  useEffect(() => {
    if (to === "") return setWould("");
    let gone = false;
    tryChange(target, { reroute: to, cause: BY_HAND }).then(
      ({ waiting, warning }) => {
        if (!gone) setWould(`${countText(waiting)} would move.${warning === null ? "" : ` Mind: ${warning}.`}`);
      },
      (thrown: unknown) => {
        if (!gone) setWould(problemFrom(thrown).text);
      },
    );
    return () => {
      gone = true;
    };
  }, [to, target.key]);
  const others = [...new Set(known)].filter((name) => name !== target.egress);
  if (others.length === 0) return null;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void orderChange(target, change, ending(span), reload);
      }}
    >
      <div class="form-row">
        <label class="field">
          <span>Leave by</span>
          <select required value={to} onChange={(event) => setTo(event.currentTarget.value)}>
            <option value="">choose a way out</option>
            {others.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <Until value={span} set={setSpan} />
        <Field label="Why" required maxLength={500} value={cause} set={setCause} />
        <button type="submit">Reroute {target.name}</button>
      </div>
      {would === "" ? null : <p role="status">{would}</p>}
      {to === "" ? null : <p class="cli">./fairlead {changeCli(target, change, ending(span))}</p>}
    </form>
  );
}
