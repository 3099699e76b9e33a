/** How TLS with receivers went: by day, by domain, and of one domain under which policy and how it failed. */
import type { JSX } from "preact";
import { countText } from "../../../../src/base/size-text.ts";
import { useLoad } from "../../api/load.ts";
import type { TlsDomain, TlsReports } from "../../api/shapes.ts";
import { link, route } from "../../frame/router.ts";
import { Block, Empty } from "../../look/blocks.tsx";
import { CliLine } from "../../look/copy.tsx";
import { Foreign } from "../../look/foreign.tsx";
import { Table } from "../../look/table.tsx";
import { DestinationTabs } from "./destinations.tsx";

export function TlsPage(): JSX.Element {
  const domain = route.value.path[2];
  return (
    <>
      {domain === undefined ? <All /> : <One domain={domain} />}
      <CliLine words="tls-reports" />
    </>
  );
}

function All(): JSX.Element {
  const { query } = route.value;
  const day = query.get("day") ?? undefined;
  const failed = query.has("failed");
  const loaded = useLoad("tlsReports", { day, failed });
  const newest = loaded.data?.days[0];
  return (
    <>
      <h1>{newest === undefined ? "TLS with receivers" : sentence(newest)}</h1>
      <DestinationTabs at="#/destinations/tls" />
      <Block loaded={loaded}>
        {(reply) =>
          reply.days.length === 0 ? (
            <Empty>
              <p>No TLS session with a receiver was counted yet. Mail that goes by MX makes the first.</p>
            </Empty>
          ) : (
            <>
              <Days days={reply.days} sends={reply.sends} />
              <Domains reply={reply} day={day} failed={failed} />
            </>
          )
        }
      </Block>
    </>
  );
}

function sentence({ day, succeeded, failed }: TlsReports["days"][number]): string {
  const of = `of ${countText(succeeded + failed)} TLS sessions on ${day}`;
  return failed === 0 ? `None ${of} failed.` : `${countText(failed)} ${of} failed.`;
}

function Days({ days, sends }: Pick<TlsReports, "days" | "sends">): JSX.Element {
  return (
    <>
      <Table
        caption="TLS sessions by day, UTC"
        columns={["Day", ["Went well", "num c-state"], ["Failed", "num c-num"], ["Domains", "num c-state"], ["Reports to them", "c-wide"]]}
      >
        <tbody>
          {days.map(({ day, succeeded, failed, domains, reports }) => (
            <tr key={day}>
              <td>
                <a href={link(["destinations", "tls"], { day })}>{day}</a>
              </td>
              <td class="num" data-label="went well">
                {countText(succeeded)}
              </td>
              <td class="num" data-label="failed">
                <a href={link(["destinations", "tls"], { day, failed: "yes" })}>{countText(failed)}</a>
              </td>
              <td class="num" data-label="domains">
                {countText(domains)}
              </td>
              <td class="why">
                {reports.sent} sent, {reports.waiting} waiting, {reports.failed} failed; {reports.unasked} domains ask for none
              </td>
            </tr>
          ))}
        </tbody>
      </Table>
      {sends ? null : <p class="meta">This node counts, and sends no reports: no address is set that they could come from.</p>}
    </>
  );
}

function Domains({
  reply,
  day,
  failed,
}: {
  readonly reply: TlsReports;
  readonly day: string | undefined;
  readonly failed: boolean;
}): JSX.Element {
  return (
    <>
      <h2>
        {failed ? "Domains with failures" : "Domains"}
        {day === undefined ? "" : ` on ${day}`}
      </h2>
      {reply.domains.length === 0 ? <p class="dim">None.</p> : <DomainTable rows={reply.domains} caption="Domains" />}
      {reply.next === null ? null : <p class="foot">The first {reply.domains.length} are shown.</p>}
    </>
  );
}

function DomainTable({ rows, caption }: { readonly rows: readonly TlsDomain[]; readonly caption: string }): JSX.Element {
  return (
    <Table
      caption={caption}
      columns={["Domain", ["Day", "c-state"], ["Went well", "num c-state"], ["Failed", "num c-num"], ["Report", "c-wide"]]}
    >
      <tbody>
        {rows.map(({ domain, day, succeeded, failed, report }) => (
          <tr key={`${domain} ${day}`}>
            <td>
              <a data-row href={link(["destinations", "tls", domain], { day })}>
                <Foreign text={domain} />
              </a>
            </td>
            <td data-label="on">{day}</td>
            <td class="num" data-label="went well">
              {countText(succeeded)}
            </td>
            <td class="num" data-label="failed">
              {countText(failed)}
            </td>
            <td class="why">
              {report === null ? "none yet" : report.is}
              {report === null || report.why === null ? null : (
                <small>
                  <Foreign text={report.why} />
                </small>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

const POLICIES = { tlsa: "DANE", sts: "MTA-STS", none: "no policy" } as const;

function One({ domain }: { readonly domain: string }): JSX.Element {
  const loaded = useLoad("tlsResults", { domain, day: route.value.query.get("day") ?? undefined });
  return (
    <>
      <h1>TLS with {domain}</h1>
      <DestinationTabs at="" />
      <Block loaded={loaded}>
        {({ days, policies, day }) => (
          <>
            {policies.map((policy) => (
              <section class="card" key={`${policy.type} ${policy.domain}`}>
                <strong>
                  {POLICIES[policy.type]} of {policy.domain}, {day}
                </strong>
                : {countText(policy.succeeded)} went well, {countText(policy.failed)} failed
                <ul>
                  {policy.failures.map((one) => (
                    <li key={`${one.result} ${one.host} ${one.ip} ${one.detail}`}>
                      {countText(one.sessions)} × {one.result}
                      {one.host === null ? "" : ` at ${one.host}`}
                      {one.ip === null ? "" : ` [${one.ip}]`}
                      {one.detail === null ? null : (
                        <span class="meta">
                          {" "}
                          <Foreign text={one.detail} />
                        </span>
                      )}
                    </li>
                  ))}
                </ul>
                {policy.lines.length === 0 ? null : (
                  <pre class="quote">
                    <Foreign text={policy.lines.join("\n")} mono />
                  </pre>
                )}
              </section>
            ))}
            <DomainTable rows={days} caption={`Days of ${domain}`} />
          </>
        )}
      </Block>
    </>
  );
}
