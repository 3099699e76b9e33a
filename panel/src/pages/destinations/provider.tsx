/** One provider: its sites, what it answers, and how mail flows there. */
import type { JSX } from "preact";
import { countText } from "../../../../src/base/size-text.ts";
import { useLoad } from "../../api/load.ts";
import type { ProviderReply } from "../../api/shapes.ts";
import { link, route } from "../../frame/router.ts";
import { Block } from "../../look/blocks.tsx";
import { Chart } from "../../look/chart.tsx";
import { CopyButton } from "../../look/copy.tsx";
import { Foreign } from "../../look/foreign.tsx";
import { Table } from "../../look/table.tsx";
import { ageText, minuteText } from "../../look/times.ts";
import { termText } from "../messages/terms.ts";

const EVERY_MS = 10_000;

export function ProviderPage(): JSX.Element {
  const key = route.value.path[1] ?? "";
  const loaded = useLoad("destination", { key }, EVERY_MS);
  return (
    <>
      {loaded.data === undefined ? <h1>{key}</h1> : <h1>{sentence(loaded.data)}</h1>}
      <Block loaded={loaded}>{(reply) => <Told reply={reply} />}</Block>
      <p>
        <a href="#/destinations">All destinations</a>
      </p>
    </>
  );
}

function sentence({ provider }: ProviderReply): string {
  const waits =
    provider.queued === 0 ? "no mail waits" : `${countText(provider.queued)} wait, the oldest for ${ageText(provider.oldestAt)}`;
  const limit =
    provider.limit === null ? "no limit stands" : `limited to ${provider.limit}${provider.why === null ? "" : ` because ${provider.why}`}`;
  return `${provider.provider}: ${waits}; ${limit}.`;
}

function Told({ reply }: { readonly reply: ProviderReply }): JSX.Element {
  return (
    <>
      {reply.steps.length > 1 ? <Chart steps={reply.steps} title="Deliveries for it, by time" labels={["accepted", "settled"]} /> : null}
      <h2>Sites</h2>
      <Table
        caption="Sites of this provider"
        columns={["Site", ["Queued", "num c-num"], ["Oldest", "c-took"], ["Connections", "num c-state"], ["State", "c-wide"]]}
      >
        <tbody>
          {reply.sites.map((site) => (
            <tr key={site.site}>
              <td>
                <Foreign text={site.site} />
                <small>
                  <Foreign text={site.hosts.join(", ")} />
                </small>
              </td>
              <td class="num" data-label="queued">
                {countText(site.queued)}
              </td>
              <td data-label="oldest">{site.oldestAt === null ? "–" : ageText(site.oldestAt)}</td>
              <td class="num minor">{site.connections}</td>
              <td class="why">
                {siteText(site)}
                {site.why === null ? null : (
                  <>
                    : <Foreign text={site.why} />
                  </>
                )}
                {site.until === null ? "" : ` until ${minuteText(site.until)}`}
                {site.state === "closed" && site.perMinute !== null ? `, then at most ${site.perMinute} a minute` : ""}
              </td>
            </tr>
          ))}
        </tbody>
      </Table>
      <Replies reply={reply} />
    </>
  );
}

/** Open without limit, slowed, or closed; what holds once it opens stands behind the reason. */
function siteText({ state, perMinute }: ProviderReply["sites"][number]): string {
  return state === "open" && perMinute !== null ? `at most ${perMinute} a minute` : state;
}

function Replies({ reply }: { readonly reply: ProviderReply }): JSX.Element {
  return (
    <>
      <h2>What it answers, last 24 h</h2>
      {reply.replies.length === 0 ? <p class="dim">No refusals and no delays.</p> : null}
      <ul>
        {reply.replies.map((one) => (
          <li class="card" key={one.text}>
            <strong>
              <a href={link(["messages"], { q: `class:${one.class} ${termText("provider", reply.provider.provider)}` })}>
                {countText(one.count)} × {one.class}
              </a>
            </strong>{" "}
            <span class="meta">last {minuteText(one.lastAt)}</span>
            <div class="quote">
              <Foreign text={one.text} mono />
              <CopyButton text={one.text} what="the reply" />
            </div>
            {one.remedy === "" ? null : <p>{one.remedy}</p>}
          </li>
        ))}
      </ul>
    </>
  );
}
