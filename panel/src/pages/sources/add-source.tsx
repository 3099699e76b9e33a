/** Adds an address range or a login. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { shellWord } from "../../api/cli-text.ts";
import { call, type Problem, problemFrom } from "../../api/client.ts";
import type { AddedSource } from "../../api/shapes.ts";
import { NotTaken } from "../../look/blocks.tsx";

export function AddSource({ done }: { readonly done: (added: AddedSource) => void }): JSX.Element {
  const [kind, setKind] = useState<"credential" | "range">("credential");
  const [name, setName] = useState("");
  const [value, setValue] = useState("");
  const [wide, setWide] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const cidrs = value.split(/[\s,]+/).filter(Boolean);
  const login = value.trim() === "" ? name.trim() : value.trim();
  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    setProblem(undefined);
    try {
      const known = kind === "range" ? { cidrs, wide } : { login };
      done(await call("addSource", { name: name.trim(), ...known }));
      setName("");
      setValue("");
    } catch (thrown) {
      setProblem(problemFrom(thrown));
    }
  };
  return (
    <>
      <h2>Add a source</h2>
      <form onSubmit={(event) => void send(event)}>
        <label class="field">
          <span>Kind</span>
          <select value={kind} onChange={(event) => setKind(event.currentTarget.value === "range" ? "range" : "credential")}>
            <option value="credential">A login (user and password)</option>
            <option value="range">Addresses (a server, a network)</option>
          </select>
        </label>
        <label class="field">
          <span>Name</span>
          <input required maxLength={64} placeholder="srv7" value={name} onInput={(event) => setName(event.currentTarget.value)} />
          <small>As it shall stand in every list.</small>
        </label>
        <label class="field">
          <span>{kind === "range" ? "Addresses or ranges" : "User name"}</span>
          <input
            required={kind === "range"}
            placeholder={kind === "range" ? "192.0.2.7, 2001:db8::/64" : login || "srv7"}
            value={value}
            onInput={(event) => setValue(event.currentTarget.value)}
          />
          <small>
            {kind === "range" ? "Separated by commas or blanks." : "The name, unless you want another. A password is made and shown once."}
          </small>
        </label>
        {kind === "range" ? (
          <p>
            <label>
              <input type="checkbox" checked={wide} onChange={(event) => setWide(event.currentTarget.checked)} /> Wider than /16 (IPv6:
              /32), and I know that everybody in it may send
            </label>
          </p>
        ) : null}
        <NotTaken problem={problem} />
        <button type="submit" class="main">
          Add {name.trim() || "it"}
        </button>{" "}
        <span class="cli">./fairlead {kind === "range" ? rangeCli(name, cidrs) : loginCli(name, login)}</span>
      </form>
    </>
  );
}

function rangeCli(name: string, cidrs: readonly string[]): string {
  return `source add ${shellWord(name || "web1")} --range ${cidrs.join(" --range ") || "192.0.2.7"}`;
}

function loginCli(name: string, login: string): string {
  return `source add ${shellWord(name || "shop")} --login ${shellWord(login || "shop")}`;
}
