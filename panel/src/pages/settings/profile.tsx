/** My own login: password, second factor, where I am signed in, and the panel's keys. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { sayProblem } from "../../api/actions.ts";
import { call, me, type Problem, problemFrom } from "../../api/client.ts";
import { useLoad } from "../../api/load.ts";
import { keysOn, setKeys } from "../../frame/keys.ts";
import { toast } from "../../frame/notices.ts";
import { setTheme, type Theme, theme } from "../../frame/theme.ts";
import { Block, NotTaken } from "../../look/blocks.tsx";
import { Foreign } from "../../look/foreign.tsx";
import { minuteText } from "../../look/times.ts";
import { SecondFactor } from "./second-factor.tsx";

export function ProfileTab(): JSX.Element {
  return (
    <>
      <p>
        You are <strong>{me.value?.name}</strong>, {me.value?.role}
        {me.value?.tenant ? ` of ${me.value.tenant}` : ""}.
      </p>
      {me.value?.by === "session" ? (
        <>
          <Password />
          <SecondFactor />
        </>
      ) : null}
      <Sessions />
      <h2>This browser</h2>
      <p>
        <label>
          <input type="checkbox" checked={keysOn.value} onChange={(event) => setKeys(event.currentTarget.checked)} /> Single keys do
          something
        </label>
      </p>
      <label class="field">
        <span>Colours</span>
        <select value={theme.value} onChange={(event) => setTheme(themeOf(event.currentTarget.value))}>
          <option value="system">as the system</option>
          <option value="light">light</option>
          <option value="dark">dark</option>
        </select>
      </label>
    </>
  );
}

function themeOf(word: string): Theme {
  return word === "light" || word === "dark" ? word : "system";
}

function Password(): JSX.Element {
  const [old, setOld] = useState("");
  const [fresh, setFresh] = useState("");
  const [problem, setProblem] = useState<Problem>();
  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    setProblem(undefined);
    try {
      await call("changePassword", { old, fresh });
      toast({ text: "Your password is changed; other sessions are signed out." });
      setOld("");
      setFresh("");
    } catch (thrown) {
      setProblem(problemFrom(thrown));
    }
  };
  return (
    <>
      <h2>Password</h2>
      <form onSubmit={(event) => void send(event)}>
        <input type="text" autocomplete="username" class="hidden" tabIndex={-1} aria-hidden="true" value={me.value?.name ?? ""} readOnly />
        <label class="field">
          <span>Now</span>
          <input
            type="password"
            autocomplete="current-password"
            required
            value={old}
            onInput={(event) => setOld(event.currentTarget.value)}
          />
        </label>
        <label class="field">
          <span>New</span>
          <input
            type="password"
            autocomplete="new-password"
            required
            minLength={12}
            value={fresh}
            onInput={(event) => setFresh(event.currentTarget.value)}
          />
          <small>At least 12 characters.</small>
        </label>
        <NotTaken problem={problem} />
        <button type="submit">Change the password</button>
      </form>
    </>
  );
}

function Sessions(): JSX.Element {
  const loaded = useLoad("sessions", {});
  const end = (id: string): void =>
    void call("endSession", { id }).then(() => (toast({ text: "Signed out there." }), loaded.reload()), sayProblem);
  return (
    <>
      <h2>Where you are signed in</h2>
      <Block loaded={loaded}>
        {({ sessions }) => (
          <ul>
            {sessions.map((session) => (
              <li class="card head" key={session.id}>
                <span>
                  {session.ip} · <Foreign text={session.agent.slice(0, 120)} />
                  <br />
                  <span class="meta">
                    since {minuteText(session.since)}, last seen {minuteText(session.lastSeenAt)}
                  </span>
                </span>
                {session.current ? (
                  <span class="dim">this one</span>
                ) : (
                  <button type="button" onClick={() => end(session.id)}>
                    Sign out<span class="hidden"> {session.ip}</span>
                  </button>
                )}
              </li>
            ))}
          </ul>
        )}
      </Block>
    </>
  );
}
