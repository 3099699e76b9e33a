/** Is mail flowing, and what needs me? A sentence, then needs, then figures that are links, then what is in force. */
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { countText } from "../../../../src/base/size-text.ts";
import { onChange } from "../../api/live.ts";
import { useLoad } from "../../api/load.ts";
import type { Counts, NeedRow, NowReply, Status } from "../../api/shapes.ts";
import { isStaff } from "../../frame/pages.ts";
import { link } from "../../frame/router.ts";
import { Block, Empty, isAbsence } from "../../look/blocks.tsx";
import { Chart } from "../../look/chart.tsx";
import { after } from "../../look/clock.ts";
import { CopyButton } from "../../look/copy.tsx";
import { Sparkline } from "../../look/sparkline.tsx";
import { Mark, State } from "../../look/state.tsx";
import { momentText, spanText } from "../../look/times.ts";
import { ProviderTable } from "../destinations/provider-table.tsx";
import { InForce } from "./in-force.tsx";

const EVERY_MS = 10_000;
/** Figures follow what happens, but not each of a thousand events a second. */
const SETTLE_MS = 1000;

export function NowPage(): JSX.Element {
  const [figures, setFigures] = useState(true);
  const loaded = useLoad(figures ? "now" : "status", {}, EVERY_MS);
  const { reload, problem } = loaded;
  useEffect(() => {
    if (figures && problem !== undefined && isAbsence(problem)) setFigures(false);
  }, [problem]);
  useEffect(() => {
    let pending: (() => void) | undefined;
    const stop = onChange(() => {
      pending ??= after(SETTLE_MS, () => {
        pending = undefined;
        reload();
      });
    });
    return () => (stop(), pending?.());
  }, []);
  return (
    <>
      {loaded.data === undefined ? <h1>Now</h1> : <h1>{loaded.data.line}</h1>}
      <Block loaded={loaded}>{(now) => (isWhole(now) ? <Blocks now={now} reload={reload} /> : <WithoutFigures now={now} />)}</Block>
    </>
  );
}

function isWhole(now: NowReply | Status): now is NowReply {
  return "lastHour" in now;
}

/** A node that keeps no record of rates still says what it knows. */
function WithoutFigures({ now }: { readonly now: Status }): JSX.Element {
  return (
    <>
      <Needs needs={now.needs} />
      {now.counts.accepted === 0 ? <NoMail now={now} /> : null}
      <h2>All mail so far</h2>
      <Figures counts={now.counts} since={AS_OLD_AS_MAY_BE} />
      <p class="meta">This node keeps no record of rates: what the last hour brought, and who slows mail, is not known.</p>
      {isStaff() ? <LedgerLine now={now} /> : null}
    </>
  );
}

function Blocks({ now, reload }: { readonly now: NowReply; readonly reload: () => void }): JSX.Element {
  const staff = isStaff();
  return (
    <>
      <Needs needs={now.needs} />
      {now.counts.accepted === 0 ? <NoMail now={now} /> : null}
      <h2>Last 60 min</h2>
      <Figures counts={now.lastHour} since="since:1h" />
      <Latency now={now} />
      {staff ? <LedgerLine now={now} /> : null}
      <InForce cards={now.inForce} reload={reload} />
      {staff ? (
        <>
          <h2>Providers where mail waits or a limit holds</h2>
          <ProviderTable
            providers={now.providers.filter(({ queued, limit }) => queued > 0 || limit !== null)}
            empty="No mail waits for any provider, and none is limited."
          />
        </>
      ) : null}
    </>
  );
}

function Needs({ needs }: { readonly needs: readonly NeedRow[] }): JSX.Element | null {
  if (needs.length === 0) return null;
  return (
    <ul class="needs" aria-label="Needs you">
      {needs.map((need, place) => (
        <li key={`${place} ${need.code}`}>
          <Mark is="need">
            <span class="hidden">Needs you</span>
          </Mark>
          <span>
            {need.line}
            {need.fix === null ? null : (
              <>
                <br />
                <span class="meta">
                  Fix: <code>{need.fix}</code>
                  <CopyButton text={need.fix} what="the fix" />
                </span>
              </>
            )}
          </span>
          {need.link === null ? null : (
            <a class="button" href={need.link}>
              Review
            </a>
          )}
        </li>
      ))}
    </ul>
  );
}

function NoMail({ now }: { readonly now: Status }): JSX.Element {
  const door = now.listeners.find(({ name }) => name.startsWith("smtp"))?.address ?? now.listeners[0]?.address ?? "127.0.0.1:2525";
  return (
    <Empty>
      <p>
        <strong>No mail yet.</strong> This node listens on {door}. Let a server use it, or send one message yourself:
      </p>
      <pre>swaks --server {door} --from you@example.org --to you@example.org</pre>
      <p>
        <a href="#/setup/sources">Say who may send</a> · <a href="#/setup">All steps of setting up</a>
      </p>
    </Empty>
  );
}

const ORDER = ["accepted", "delivered", "relayed", "queued", "held", "bounced", "expired", "discarded"] as const;
/** What stands now, rather than what happened in the hour. */
const STANDING: readonly string[] = ["queued", "held"];
/** A search goes back a day unless told. */
const AS_OLD_AS_MAY_BE = "since:30d";

function Figures({ counts, since }: { readonly counts: Counts; readonly since: string }): JSX.Element {
  return (
    <div class="figures">
      {ORDER.map((name) => (
        <a
          key={name}
          href={link(["messages"], {
            q: [name === "accepted" ? "" : `state:${name}`, STANDING.includes(name) ? AS_OLD_AS_MAY_BE : since].join(" ").trim(),
          })}
        >
          {name === "accepted" ? <span class="dim">accepted</span> : <State is={name} />}
          <b>{countText(counts[name])}</b>
          {STANDING.includes(name) ? <span class="meta">now</span> : null}
        </a>
      ))}
    </div>
  );
}

function Latency({ now }: { readonly now: NowReply }): JSX.Element {
  const { p50Ms, p99Ms, n } = now.latency;
  const [drawn, draw] = useState(false);
  return (
    <div class="card">
      <p>
        Accepted → out:{" "}
        {n === 0 ? (
          "nothing went out in the last hour"
        ) : (
          <a href={link(["messages"], { q: "state:sent since:1h" })}>
            p50 {spanText(p50Ms)} · p99 {spanText(p99Ms)} · of {countText(n)}
          </a>
        )}
      </p>
      <Sparkline
        steps={now.flowSteps}
        title={`Accepted by the minute, the last hour, at most ${Math.max(0, ...now.flowSteps.map((step) => step.accepted))} a minute`}
      />
      <details onToggle={(event) => draw(event.currentTarget.open)}>
        <summary>Chart</summary>
        {drawn ? <Chart steps={now.flowSteps} title="Deliveries per minute, last 60 min" labels={["accepted", "settled"]} /> : null}
      </details>
    </div>
  );
}

function LedgerLine({ now }: { readonly now: Status }): JSX.Element | null {
  const { ledger, counts } = now;
  if (ledger === null) return null; // a tenant is not told
  return (
    <>
      <h2>Ledger</h2>
      <div class="card">
        {ledger.balances ? (
          <p>
            <Mark is="good">balances</Mark> at {momentText(ledger.at)}: {countText(counts.accepted)} accepted, all accounted for.
          </p>
        ) : (
          <>
            <p>
              <Mark is="fault">does not balance</Mark> at {momentText(ledger.at)}:
            </p>
            <ul>
              {ledger.drift.map((line) => (
                <li key={line}>{line}</li>
              ))}
            </ul>
          </>
        )}
        <details>
          <summary>How counted</summary>
          <p>
            Two counts that know nothing of each other: the sum of all events, and the rows that are in the queue. accepted = delivered +
            relayed + bounced + expired + discarded + held + queued:
          </p>
          <p class="mono">
            {countText(counts.accepted)} ={" "}
            {[counts.delivered, counts.relayed, counts.bounced, counts.expired, counts.discarded, counts.held, counts.queued]
              .map(countText)
              .join(" + ")}
          </p>
        </details>
      </div>
    </>
  );
}
