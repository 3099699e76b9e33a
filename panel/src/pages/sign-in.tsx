/** The way in: name, password, and a code where the account has a second factor. Waits are counted down. */
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { call, me, type Problem, problemFrom } from "../api/client.ts";
import { NotTaken } from "../look/blocks.tsx";
import { Field } from "../look/field.tsx";

export function SignIn(): JSX.Element {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [step, setStep] = useState<"password" | "code">("password");
  const [problem, setProblem] = useState<Problem>();
  const [busy, setBusy] = useState(false);
  useEffect(() => void (document.title = "Sign in · Fairlead"), []);
  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setProblem(undefined);
    try {
      me.value = (await call("login", { name, password, code: code || undefined })).me;
    } catch (thrown) {
      const why = problemFrom(thrown);
      if (why.code.startsWith("code-needed")) setStep("code");
      else setProblem(why);
      setCode("");
    } finally {
      setBusy(false);
    }
  };
  return (
    <main class="lone">
      <h1>Fairlead</h1>
      <form onSubmit={(event) => void send(event)}>
        <Field label="Name" value={name} set={setName} autocomplete="username" required autofocus />
        <Field label="Password" value={password} set={setPassword} type="password" autocomplete="current-password" required />
        {step === "code" ? (
          <Field
            label="Code from your authenticator"
            value={code}
            set={setCode}
            inputMode="numeric"
            autocomplete="one-time-code"
            required
            ref={(field) => field?.focus()}
          />
        ) : null}
        <NotTaken problem={problem} />
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
