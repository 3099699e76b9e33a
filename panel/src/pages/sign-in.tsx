/** The way in: name, password, and a code where the account has a second factor. Waits are counted down. */
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ApiProblem, me, order, problemFrom } from "../api/client.ts";
import type { Me } from "../api/shapes.ts";

export function SignIn(): JSX.Element {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [step, setStep] = useState<"password" | "code">("password");
  const [said, setSaid] = useState<{ readonly text: string; readonly fix: string | null }>();
  const [busy, setBusy] = useState(false);
  useEffect(() => void (document.title = "Sign in · Fairlead"), []);
  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setSaid(undefined);
    try {
      me.value = whoOf(await order<Me | { readonly me: Me }>("POST", "/login", { name, password, ...(code === "" ? {} : { code }) }));
    } catch (thrown) {
      const problem = problemFrom(thrown);
      if (thrown instanceof ApiProblem && problem.code.startsWith("code-needed")) setStep("code");
      else setSaid(problem);
      setCode("");
    } finally {
      setBusy(false);
    }
  };
  return (
    <main class="lone">
      <h1>Fairlead</h1>
      <form onSubmit={(event) => void send(event)}>
        <label class="field">
          <span>Name</span>
          <input autocomplete="username" required autofocus value={name} onInput={(event) => setName(event.currentTarget.value)} />
        </label>
        <label class="field">
          <span>Password</span>
          <input
            type="password"
            autocomplete="current-password"
            required
            value={password}
            onInput={(event) => setPassword(event.currentTarget.value)}
          />
        </label>
        {step === "code" ? (
          <label class="field">
            <span>Code from your authenticator</span>
            <input
              inputMode="numeric"
              autocomplete="one-time-code"
              required
              ref={(field) => field?.focus()}
              value={code}
              onInput={(event) => setCode(event.currentTarget.value)}
            />
          </label>
        ) : null}
        {said === undefined ? null : (
          <p role="alert" class="red">
            {said.text} {said.fix}
          </p>
        )}
        <button type="submit" class="main" disabled={busy}>
          Sign in
        </button>
      </form>
      <p class="meta">
        No login, or locked out? On the machine: <code>./fairlead login-link</code>
      </p>
    </main>
  );
}

/** The node answers with who came in, wrapped or not. */
export function whoOf(reply: Me | { readonly me: Me }): Me {
  return "me" in reply ? reply.me : reply;
}
