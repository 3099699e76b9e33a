/** Adds an upstream, or changes one. Its password is sealed and never shown again; left empty it stays as it is. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { shellWord } from "../../api/cli-text.ts";
import { type Problem, problemFrom } from "../../api/client.ts";
import type { UpstreamRow } from "../../api/shapes.ts";
import { setUpstream } from "../../api/ways.ts";
import { NotTaken } from "../../look/blocks.tsx";
import { aboutNone, Field, wrongOf } from "../../look/field.tsx";
import { StateField } from "./state-field.tsx";

const FIELDS = ["name", "host", "port", "user", "password", "perHour", "perDay", "cost", "tls"] as const;
type Typed = Readonly<Record<(typeof FIELDS)[number], string>>;

const TLS = { required: "must be had", implicit: "from the first octet (465)", opportunistic: "if it is offered", never: "none" } as const;

export function UpstreamForm({ before, done }: { readonly before: UpstreamRow | undefined; readonly done: () => void }): JSX.Element {
  const [typed, setTyped] = useState<Typed>(typedOf(before));
  const [state, setState] = useState<UpstreamRow["state"]>(before?.state ?? "in-use");
  const [problem, setProblem] = useState<Problem>();
  const set = (name: keyof Typed, text: string): void => setTyped({ ...typed, [name]: text });
  const field = (name: keyof Typed) => ({
    value: typed[name],
    set: (text: string) => set(name, text),
    wrong: wrongOf(problem, name),
  });
  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    setProblem(undefined);
    try {
      await setUpstream({ ...orderOf(typed, before), state }, before, done);
      if (before === undefined) setTyped(typedOf(undefined));
    } catch (thrown) {
      setProblem(problemFrom(thrown));
    }
  };
  return (
    <>
      <h2>{before === undefined ? "Add an upstream" : `Change ${before.name}`}</h2>
      <form onSubmit={(event) => void send(event)}>
        <div class="form-row">
          {before === undefined ? <Field label="Name" required maxLength={63} placeholder="ses" {...field("name")} /> : null}
          <Field label="Host" required placeholder="mail.example.net" {...field("host")} />
          <Field label="Port" type="number" min={1} max={65_535} {...field("port")} />
          <label class="field">
            <span>TLS</span>
            <select value={typed.tls} onChange={(event) => set("tls", event.currentTarget.value)}>
              {Object.entries(TLS).map(([word, says]) => (
                <option key={word} value={word}>
                  {says}
                </option>
              ))}
            </select>
          </label>
          <Field label="User (empty: no login)" autocomplete="off" placeholder="fairlead@example.net" {...field("user")} />
          <Field label="Password" type="password" autocomplete="new-password" {...field("password")} />
          <Field label="At most an hour" type="number" min={1} placeholder="without limit" {...field("perHour")} />
          <Field label="At most a day" type="number" min={1} placeholder="without limit" {...field("perDay")} />
          <Field label="Cost of a message" type="number" min={0} step="any" {...field("cost")} />
          <StateField value={state} set={setState} />
        </div>
        <NotTaken problem={aboutNone(problem, FIELDS)} />
        <button type="submit" class="main">
          {before === undefined ? `Add ${typed.name.trim() || "it"}` : `Save ${before.name}`}
        </button>{" "}
        <span class="cli">./fairlead {cliOf(typed, state)}</span>
      </form>
    </>
  );
}

function typedOf(before: UpstreamRow | undefined): Typed {
  if (before === undefined)
    return { name: "", host: "", port: "587", tls: "required", user: "", password: "", perHour: "", perDay: "", cost: "0" };
  const at = before.place.lastIndexOf(":");
  return {
    ...{ name: before.name, host: before.place.slice(0, at), port: before.place.slice(at + 1), tls: before.tls },
    ...{ user: before.user ?? "", password: "", cost: String(before.cost) },
    ...{
      perHour: before.hour.most === null ? "" : String(before.hour.most),
      perDay: before.day.most === null ? "" : String(before.day.most),
    },
  };
}

/** A login that was not touched is not sent, so that it stays. */
function orderOf({ name, host, port, tls, user, password, perHour, perDay, cost }: Typed, before: UpstreamRow | undefined) {
  const bound = (text: string): number | null => (text.trim() === "" ? null : Number(text));
  const whole = { perHour: bound(perHour), perDay: bound(perDay), cost: Number(cost) };
  const way = { name: name.trim(), host: host.trim(), port: Number(port), tls: isTls(tls) ? tls : ("required" as const), ...whole };
  if (user.trim() === "") return before?.user == null ? way : { ...way, user: null };
  if (password === "" && before?.user === user.trim()) return way;
  return { ...way, user: user.trim(), password: password === "" ? undefined : password };
}

function isTls(word: string): word is keyof typeof TLS {
  return Object.hasOwn(TLS, word);
}

/** Its password is asked for on the standard input, and stands in no history of a shell. */
function cliOf({ name, host, port, tls, user, perHour, perDay, cost }: Typed, state: string): string {
  const flag = (word: string, text: string): readonly string[] => (text.trim() === "" ? [] : [`--${word}`, shellWord(text.trim())]);
  const login = user.trim() === "" ? [] : ["--user", shellWord(user.trim()), "--password-stdin"];
  const place = `${host.trim() || "mail.example.net"}:${port}`;
  const bounds = [...flag("per-hour", perHour), ...flag("per-day", perDay), ...flag("cost", cost), "--state", state];
  return ["upstream set", shellWord(name.trim() || "ses"), "--place", place, "--tls", tls, ...login, ...bounds].join(" ");
}
