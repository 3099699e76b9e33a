/** Adds an address, or changes one. What is wrong stands beside the field that it is about. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { shellWord } from "../../api/cli-text.ts";
import { type Problem, problemFrom } from "../../api/client.ts";
import type { EgressRow } from "../../api/shapes.ts";
import { addEgress, setEgress } from "../../api/ways.ts";
import { NotTaken } from "../../look/blocks.tsx";
import { aboutNone, Field, wrongOf } from "../../look/field.tsx";
import { StateField } from "./state-field.tsx";
import { domainsOf } from "./tabs.tsx";

const FIELDS = ["name", "helo", "ip4", "ip6", "forDomains"] as const;
type Typed = Readonly<Record<(typeof FIELDS)[number], string>>;
const NOTHING: Typed = { name: "", helo: "", ip4: "", ip6: "", forDomains: "" };

/** @param before the one to change; a new one if not given. */
export function AddressForm({ before, done }: { readonly before?: EgressRow; readonly done: () => void }): JSX.Element {
  const [typed, setTyped] = useState<Typed>(before === undefined ? NOTHING : typedOf(before));
  const [state, setState] = useState<EgressRow["state"]>(before?.state ?? "warming");
  const [problem, setProblem] = useState<Problem>();
  const field = (name: keyof Typed) => ({
    value: typed[name],
    set: (text: string) => setTyped({ ...typed, [name]: text }),
    wrong: wrongOf(problem, name),
  });
  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    setProblem(undefined);
    try {
      const order = orderOf(typed, state);
      if (before === undefined) await addEgress(order, done);
      else await setEgress({ ...order, forDomains: undefined }, before, done);
      if (before === undefined) setTyped(NOTHING);
    } catch (thrown) {
      setProblem(problemFrom(thrown));
    }
  };
  return (
    <>
      <h2>{before === undefined ? "Add an address" : "Change it"}</h2>
      <form onSubmit={(event) => void send(event)}>
        <div class="form-row">
          {before === undefined ? <Field label="Name" required maxLength={63} placeholder="out1" {...field("name")} /> : null}
          <Field label="IPv4 address" placeholder="192.0.2.10" {...field("ip4")} />
          <Field label="IPv6 address" placeholder="2001:db8::10" {...field("ip6")} />
          <Field label="HELO, as its PTR says" placeholder="out1.example.net" {...field("helo")} />
          <StateField value={state} set={setState} />
          {before === undefined ? (
            <Field label="For these domains alone (empty: all)" placeholder="shop.example" {...field("forDomains")} />
          ) : null}
        </div>
        <NotTaken problem={aboutNone(problem, FIELDS)} />
        <button type="submit" class="main">
          {before === undefined ? `Add ${typed.name.trim() || "it"}` : `Save ${before.name}`}
        </button>{" "}
        <span class="cli">./fairlead {cliOf(typed, state, before)}</span>
      </form>
    </>
  );
}

function typedOf({ name, helo, ip4, ip6, forDomains }: EgressRow): Typed {
  return { name, helo, ip4: ip4 ?? "", ip6: ip6 ?? "", forDomains: forDomains.join(", ") };
}

function orderOf({ name, helo, ip4, ip6, forDomains }: Typed, state: EgressRow["state"]) {
  const given = (text: string): string | undefined => text.trim() || undefined;
  const domains = domainsOf(forDomains);
  return {
    ...{ name: name.trim(), helo: given(helo), ip4: given(ip4), ip6: given(ip6), state },
    forDomains: domains.length === 0 ? undefined : domains,
  };
}

function cliOf({ name, helo, ip4, ip6 }: Typed, state: string, before: EgressRow | undefined): string {
  const flag = (flagName: string, text: string): readonly string[] => (text.trim() === "" ? [] : [`--${flagName}`, shellWord(text.trim())]);
  const verb = before === undefined ? "egress add" : "egress set";
  return [verb, shellWord(name.trim() || "out1"), ...flag("ip4", ip4), ...flag("ip6", ip6), ...flag("helo", helo), "--state", state].join(
    " ",
  );
}
