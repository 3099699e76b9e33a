/** What cannot be undone asks again who is there, ten minutes after the last time. */
import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { call, type Problem, problemFrom, prove } from "../api/client.ts";
import { NotTaken } from "../look/blocks.tsx";
import { Field } from "../look/field.tsx";
import { Dialog } from "./dialog.tsx";

const waiting = signal<((proved: boolean) => void) | undefined>(undefined);

prove.value = () =>
  new Promise((resolve) => {
    waiting.value = (proved) => {
      waiting.value = undefined;
      resolve(proved);
    };
  });

export function ProveDialog(): JSX.Element | null {
  const done = waiting.value;
  return done === undefined ? null : <ProveForm done={done} />;
}

function ProveForm({ done }: { readonly done: (proved: boolean) => void }): JSX.Element {
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [problem, setProblem] = useState<Problem>();
  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    try {
      await call("confirm", { password, code: code || undefined });
      done(true);
    } catch (thrown) {
      setProblem(problemFrom(thrown));
    }
  };
  return (
    <Dialog title="Is it you?" close={() => done(false)}>
      <p>This cannot be taken back, so it needs your password once more. It then counts for ten minutes.</p>
      <form onSubmit={(event) => void send(event)}>
        <Field label="Password" value={password} set={setPassword} type="password" autocomplete="current-password" required />
        <Field label="Code, if you have a second factor" value={code} set={setCode} inputMode="numeric" autocomplete="one-time-code" />
        <NotTaken problem={problem} />
        <div class="acts">
          <button type="button" onClick={() => done(false)}>
            Leave as it is
          </button>
          <button type="submit" class="main">
            It is me
          </button>
        </div>
      </form>
    </Dialog>
  );
}
