/** Which way a message to an address would take, and why. Nothing is sent. */
import type { JSX } from "preact";
import { shellWord } from "../../api/cli-text.ts";
import { useLoad } from "../../api/load.ts";
import type { RouteTest } from "../../api/shapes.ts";
import { go, link, route } from "../../frame/router.ts";
import { Block, Empty } from "../../look/blocks.tsx";
import { CliLine } from "../../look/copy.tsx";
import { Foreign } from "../../look/foreign.tsx";
import { Table } from "../../look/table.tsx";
import { minuteText } from "../../look/times.ts";
import { WayTabs } from "./tabs.tsx";

export function RouteTestPage(): JSX.Element {
  const to = route.value.query.get("to") ?? "";
  const from = route.value.query.get("from") ?? "";
  return (
    <>
      <h1>Which way would it take?</h1>
      <WayTabs at="#/addresses/test" />
      <form
        class="form-row"
        key={`${to} ${from}`}
        onSubmit={(event) => {
          event.preventDefault();
          const typed = new FormData(event.currentTarget);
          go(link(["addresses", "test"], { to: String(typed.get("to") ?? "").trim(), from: String(typed.get("from") ?? "").trim() }));
        }}
      >
        <label class="field">
          <span>To an address or a domain</span>
          <input name="to" required placeholder="j.doe@gmail.com" defaultValue={to} />
        </label>
        <label class="field">
          <span>From (MAIL FROM)</span>
          <input name="from" placeholder="billing@hotel-lux.example" defaultValue={from} />
        </label>
        <button type="submit" class="main">
          Look
        </button>
      </form>
      {to === "" ? (
        <Empty>
          <p>
            Looked up now: the way out and the rule that chooses it, the hosts in their order, their TLS, and what limits it. Nothing is
            sent.
          </p>
        </Empty>
      ) : (
        <Answer to={to} from={from} />
      )}
    </>
  );
}

function Answer({ to, from }: { readonly to: string; readonly from: string }): JSX.Element {
  const loaded = useLoad("routeTest", { address: to, from: from || undefined });
  return (
    <>
      <Block loaded={loaded}>{(found) => <Told found={found} />}</Block>
      <CliLine words={`route test ${shellWord(to)}${from === "" ? "" : ` --from ${shellWord(from)}`}`} />
    </>
  );
}

const TLS = {
  none: "no TLS",
  opportunistic: "TLS if it is offered",
  dane: "verified by DANE",
  "mta-sts": "verified by MTA-STS",
  required: "TLS with a good certificate",
} as const;

function Told({ found }: { readonly found: RouteTest }): JSX.Element {
  const { egress, site, provider, hosts, suppressed, limits } = found;
  const holds = limits?.stack.filter((row) => row.holds) ?? [];
  return (
    <>
      <p class="lead">{found.line}</p>
      <dl class="facts">
        <dt>Way out</dt>
        <dd>
          <a href={link(["addresses", egress.name])}>{egress.name}</a>, as {egress.helo}
          {egress.ip4 === null ? "" : `, ${egress.ip4}`}
          {egress.ip6 === null ? "" : `, ${egress.ip6}`}: {egress.why}
        </dd>
        <dt>Site</dt>
        <dd>{provider === null ? site : <a href={link(["destinations", provider, site])}>{site}</a>}</dd>
        <dt>Limits</dt>
        <dd>
          {holds.length === 0 ? (
            "none"
          ) : (
            <Foreign text={holds.map(({ says, cause }) => (cause === null ? says : `${says} (${cause})`)).join("; ")} />
          )}
        </dd>
        {suppressed.map((one) => (
          <>
            <dt>Suppressed</dt>
            <dd>
              by {one.tenant}: {one.why}, since {minuteText(one.since)}
              {one.until === null ? "" : `, until ${minuteText(one.until)}`}
            </dd>
          </>
        ))}
      </dl>
      {hosts.length === 0 ? null : <Hosts found={found} />}
    </>
  );
}

function Hosts({ found }: { readonly found: RouteTest }): JSX.Element {
  return (
    <Table caption="Hosts, in the order in which they are tried" columns={["Host", ["MX", "num c-num"], "Addresses", ["TLS", "c-wide"]]}>
      <tbody>
        {found.hosts.map(({ host, preference, skipped, addresses, tls }) => (
          <tr key={`${host} ${preference}`}>
            <td>
              <Foreign text={host} />
              {skipped === null ? null : <small class="red">not tried: {skipped}</small>}
            </td>
            <td class="num" data-label="MX">
              {preference ?? "–"}
            </td>
            <td class="why">
              {addresses.map((one) => (
                <div key={one.ip}>
                  {one.ip}
                  {one.skipped === null ? "" : ` (not tried: ${one.skipped})`}
                </div>
              ))}
            </td>
            <td class="why">
              {TLS[tls.policy]}
              <small>{tls.why}</small>
            </td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}
