/** Weighted sets of ways out, and the rules that choose one. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { shellWord } from "../../api/cli-text.ts";
import { type Problem, problemFrom } from "../../api/client.ts";
import { useLoad } from "../../api/load.ts";
import type { PoolRow } from "../../api/shapes.ts";
import { removePool, setPool } from "../../api/ways.ts";
import { maySteer } from "../../frame/pages.ts";
import { link } from "../../frame/router.ts";
import { Block, Empty, NotTaken } from "../../look/blocks.tsx";
import { CliLine } from "../../look/copy.tsx";
import { aboutNone, Field, wrongOf } from "../../look/field.tsx";
import { Foreign } from "../../look/foreign.tsx";
import { Table } from "../../look/table.tsx";
import { WayTabs } from "./tabs.tsx";

export function PoolsPage(): JSX.Element {
  const loaded = useLoad("pools", {});
  const [changing, change] = useState<PoolRow>();
  const count = loaded.data?.pools.length;
  return (
    <>
      <h1>
        {count === undefined
          ? "Pools and rules"
          : count === 0
            ? "There is no pool."
            : count === 1
              ? "There is 1 pool."
              : `There are ${count} pools.`}
      </h1>
      <WayTabs at="#/addresses/pools" />
      <Block loaded={loaded}>
        {({ pools, rules }) => (
          <>
            {pools.length === 0 ? <Teaching /> : <PoolTable pools={pools} change={change} reload={loaded.reload} />}
            <Rules rules={rules} />
          </>
        )}
      </Block>
      {maySteer() ? <PoolForm key={changing?.name ?? ""} before={changing} done={() => (change(undefined), loaded.reload())} /> : null}
      <CliLine words="pool list" />
    </>
  );
}

function Teaching(): JSX.Element {
  return (
    <Empty>
      <p>A pool is several ways out with weights: mail that a rule sends to it is shared among them. Bulk mail apart from the rest:</p>
      <pre>./fairlead pool set bulk out2 ses=3</pre>
    </Empty>
  );
}

interface TableProps {
  readonly pools: readonly PoolRow[];
  readonly change: (pool: PoolRow) => void;
  readonly reload: () => void;
}

function PoolTable({ pools, change, reload }: TableProps): JSX.Element {
  return (
    <Table caption="Pools" columns={[["Pool", "c-state"], "Its ways out, with their shares", ["Action", "c-acts"]]}>
      <tbody>
        {pools.map((pool) => (
          <tr key={pool.name}>
            <td>{pool.name}</td>
            <td class="why">
              {pool.members.map(({ name, weight }, i) => (
                <span key={name}>
                  {i === 0 ? "" : " · "}
                  <a href={link(["addresses", name])}>{name}</a> {shareText(weight, pool)}
                </span>
              ))}
            </td>
            <td>
              {pool.fixed ? (
                <span class="dim">set in the file</span>
              ) : maySteer() ? (
                <div class="acts">
                  <button type="button" onClick={() => change(pool)}>
                    Edit<span class="hidden"> {pool.name}</span>
                  </button>
                  <button type="button" onClick={() => void removePool(pool, reload)}>
                    Remove<span class="hidden"> {pool.name}</span>
                  </button>
                </div>
              ) : null}
            </td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

function shareText(weight: number, { members }: PoolRow): string {
  const all = members.reduce((sum, member) => sum + member.weight, 0);
  return `${Math.round((weight / all) * 100)} %`;
}

function Rules({ rules }: { readonly rules: readonly string[] }): JSX.Element {
  return (
    <>
      <h2>Rules, the first that fits</h2>
      {rules.length === 0 ? <p class="dim">None: all mail leaves by the address that the system chooses.</p> : null}
      <ol>
        {rules.map((rule) => (
          <li key={rule} class="mono">
            <Foreign text={rule} />
          </li>
        ))}
      </ol>
      <p class="meta">Rules stand in the configuration, and are changed there.</p>
    </>
  );
}

const FIELDS = ["name", "members"] as const;

function PoolForm({ before, done }: { readonly before: PoolRow | undefined; readonly done: () => void }): JSX.Element {
  const [name, setName] = useState(before?.name ?? "");
  const [members, setMembers] = useState(before?.members.map((one) => `${one.name}=${one.weight}`).join(" ") ?? "");
  const [problem, setProblem] = useState<Problem>();
  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    setProblem(undefined);
    try {
      await setPool({ name: name.trim(), members: membersOf(members) }, before, done);
      setName("");
      setMembers("");
    } catch (thrown) {
      setProblem(problemFrom(thrown));
    }
  };
  return (
    <>
      <h2>{before === undefined ? "Add a pool" : `Change ${before.name}`}</h2>
      <form onSubmit={(event) => void send(event)}>
        <div class="form-row">
          {before === undefined ? (
            <Field label="Name" required maxLength={63} placeholder="bulk" value={name} set={setName} wrong={wrongOf(problem, "name")} />
          ) : null}
          <Field
            label="Ways out, each with its weight"
            required
            placeholder="out2 ses=3"
            value={members}
            set={setMembers}
            wrong={wrongOf(problem, "members")}
          />
          <button type="submit" class="main">
            {before === undefined ? `Add ${name.trim() || "it"}` : `Save ${before.name}`}
          </button>
        </div>
        <NotTaken problem={aboutNone(problem, FIELDS)} />
        <p class="cli">
          ./fairlead pool set {shellWord(name.trim() || "bulk")} {members.trim() || "out2 ses=3"}
        </p>
      </form>
    </>
  );
}

/** `out1=3 out2` is three parts and one. */
function membersOf(text: string): readonly { readonly name: string; readonly weight: number }[] {
  return text
    .split(/[\s,]+/)
    .filter(Boolean)
    .map((word) => {
      const [name = "", weight = "1"] = word.split("=", 2);
      return { name, weight: Number(weight) };
    });
}
