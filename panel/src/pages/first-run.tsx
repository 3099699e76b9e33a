/** The first link: it makes the first owner. Opening it uses nothing up; setting the password does. */
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { call, me, type Problem, problemFrom } from "../api/client.ts";
import { useLoad } from "../api/load.ts";
import { go } from "../frame/router.ts";
import { Block, NotTaken } from "../look/blocks.tsx";
import { Field } from "../look/field.tsx";

const SHORTEST = 12;

export function FirstRun({ code }: { readonly code: string }): JSX.Element {
  const loaded = useLoad("first", { code });
  useEffect(() => void (document.title = "First login · Fairlead"), []);
  return (
    <main class="lone">
      <Block loaded={loaded}>{({ good }) => (good ? <SetPassword code={code} /> : <UsedUp />)}</Block>
    </main>
  );
}

function UsedUp(): JSX.Element {
  return (
    <>
      <h1>This link is used up</h1>
      <p>It served once, or its hour is over.</p>
      <p>
        Another one, on the machine: <code>./fairlead login-link</code>
      </p>
      <p>
        <a href="#/now">Sign in</a>
      </p>
    </>
  );
}

function SetPassword({ code }: { readonly code: string }): JSX.Element {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [problem, setProblem] = useState<Problem>();
  const [busy, setBusy] = useState(false);
  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setProblem(undefined);
    try {
      me.value = (await call("useFirst", { code, name, password })).me;
      go("#/setup", true); // Back must not lead to a link that is used up
    } catch (thrown) {
      setProblem(problemFrom(thrown));
      setBusy(false);
    }
  };
  return (
    <>
      <h1>Welcome. Choose your login.</h1>
      <p>You become the owner of this node. The link is used up by this step.</p>
      <form onSubmit={(event) => void send(event)}>
        <Field label="Name" value={name} set={setName} autocomplete="username" required />
        <label class="field">
          <span>Password</span>
          <input
            type="password"
            autocomplete="new-password"
            required
            minLength={SHORTEST}
            value={password}
            onInput={(event) => setPassword(event.currentTarget.value)}
          />
          <small>At least {SHORTEST} characters. Four random words do well.</small>
        </label>
        <NotTaken problem={problem} />
        <button type="submit" class="main" disabled={busy}>
          Set the password and go in
        </button>
      </form>
    </>
  );
}
