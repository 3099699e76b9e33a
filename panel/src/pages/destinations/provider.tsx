/** One provider: what can be done about it, what limits it, how mail flows there, its sites, and what it answers. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { countText } from "../../../../src/base/size-text.ts";
import type { Target } from "../../api/limits.ts";
import { useLoad } from "../../api/load.ts";
import type { ProviderReply } from "../../api/shapes.ts";
import { maySteer } from "../../frame/pages.ts";
import { link, route } from "../../frame/router.ts";
import { Block } from "../../look/blocks.tsx";
import { Chart } from "../../look/chart.tsx";
import { CopyButton } from "../../look/copy.tsx";
import { Foreign } from "../../look/foreign.tsx";
import { Table } from "../../look/table.tsx";
import { ageText, minuteText } from "../../look/times.ts";
import { termText } from "../messages/terms.ts";
import { Limits } from "./limits.tsx";
import { Steer } from "./steer.tsx";

const EVERY_MS = 10_000;

/** `#/destinations/google`, or with one of its sites: `#/destinations/google/mx:gmail.com`. */
export function ProviderPage(): JSX.Element {
  const [, key = "", site] = route.value.path;
  const loaded = useLoad("destination", { key }, EVERY_MS);
  const [turn, setTurn] = useState(0);
  const changed = (): void => {
    setTurn((before) => before + 1);
    loaded.reload();
  };
  const target = targetOf(key, site, loaded.data?.provider.provider ?? key);
  return (
    <>
      {loaded.data === undefined ? (
        <h1>{site ?? key}</h1>
      ) : (
        <h1>{site === undefined ? sentence(loaded.data) : siteSentence(site, loaded.data)}</h1>
      )}
      {maySteer() ? <Steer key={`${target.key} ${target.egress}`} target={target} reload={changed} /> : null}
      <Limits target={target} turn={turn} reload={changed} />
      <Block loaded={loaded}>{(reply) => <Told reply={reply} site={site} />}</Block>
      <p>
        {site === undefined ? null : (
          <>
            <a href={link(["destinations", key])}>All of {loaded.data?.provider.provider ?? key}</a> ·{" "}
          </>
        )}
        <a href="#/destinations">All destinations</a>
      </p>
    </>
  );
}

/** A name with a dot or a port is no provider's: it stands for a domain, or for an upstream. */
function targetOf(key: string, site: string | undefined, name: string): Target {
  if (site === undefined) return { is: /[.:]/.test(key) ? "domain" : "provider", key, name };
  const [domain = "", egress] = site.replace(/^(mx|upstream):/, "").split("|", 2);
  return { is: "domain", key: domain, name: egress === undefined ? domain : `${domain} by ${egress}`, egress };
}

function sentence({ provider }: ProviderReply): string {
  const waits =
    provider.queued === 0 ? "no mail waits" : `${countText(provider.queued)} wait, the oldest for ${ageText(provider.oldestAt)}`;
  const limit =
    provider.limit === null ? "no limit stands" : `limited to ${provider.limit}${provider.why === null ? "" : ` because ${provider.why}`}`;
  return `${provider.provider}: ${waits}; ${limit}.`;
}

function siteSentence(site: string, { provider, sites }: ProviderReply): string {
  const found = sites.find((one) => one.site === site);
  if (found === undefined) return `${site} at ${provider.provider}: nothing waits and no connection is open.`;
  const waits = found.queued === 0 ? "no mail waits" : `${countText(found.queued)} wait`;
  return `${site} at ${provider.provider}: ${siteText(found)}, ${waits}.`;
}

function Told({ reply, site }: { readonly reply: ProviderReply; readonly site: string | undefined }): JSX.Element {
  return (
    <>
      {reply.steps.length > 1 ? <Chart steps={reply.steps} title="Deliveries for it, by time" labels={["accepted", "settled"]} /> : null}
      <h2>Sites</h2>
      <Table
        caption="Sites of this provider"
        columns={["Site", ["Queued", "num c-num"], ["Oldest", "c-took"], ["Connections", "num c-state"], ["State", "c-wide"]]}
      >
        <tbody>
          {reply.sites.map((one) => (
            <tr key={one.site}>
              <td>
                <a
                  data-row
                  href={link(["destinations", reply.provider.key, one.site])}
                  aria-current={one.site === site ? "true" : undefined}
                >
                  <Foreign text={one.site} />
                </a>
                <small>
                  <Foreign text={one.hosts.join(", ")} />
                </small>
              </td>
              <td class="num" data-label="queued">
                {countText(one.queued)}
              </td>
              <td data-label="oldest">{one.oldestAt === null ? "–" : ageText(one.oldestAt)}</td>
              <td class="num minor">{one.connections}</td>
              <td class="why">
                {siteText(one)}
                {one.why === null ? null : (
                  <>
                    : <Foreign text={one.why} />
                  </>
                )}
                {one.until === null ? "" : ` until ${minuteText(one.until)}`}
                {one.state === "closed" && one.perMinute !== null ? `, then at most ${one.perMinute} a minute` : ""}
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
