/** Events told to other programs: how far each is, and what to do when one stands still. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { countText } from "../../../../src/base/size-text.ts";
import { sayProblem } from "../../api/actions.ts";
import { call } from "../../api/client.ts";
import { useLoad } from "../../api/load.ts";
import type { WebhookRow } from "../../api/shapes.ts";
import { askFirst } from "../../frame/dialog.tsx";
import { Menu } from "../../frame/menu.tsx";
import { toast } from "../../frame/notices.ts";
import { Block, Empty } from "../../look/blocks.tsx";
import { Field } from "../../look/field.tsx";
import { Mark } from "../../look/state.tsx";
import { minuteText } from "../../look/times.ts";
import { Once } from "./once.tsx";

const EVERY_MS = 10_000;

export function WebhooksTab(): JSX.Element {
  const loaded = useLoad("webhooks", {}, EVERY_MS);
  const [made, setMade] = useState<{ readonly name: string; readonly secret: string }>();
  return (
    <>
      {made === undefined ? null : <Once what={`Signing secret of ${made.name}`} secret={made.secret} close={() => setMade(undefined)} />}
      <Block loaded={loaded}>
        {({ webhooks }) =>
          webhooks.length === 0 ? (
            <Empty>
              <p>Nobody is told of events yet. Each is sent in order, signed, and repeated until it was taken.</p>
            </Empty>
          ) : (
            webhooks.map((hook) => <HookCard key={hook.name} hook={hook} reload={loaded.reload} />)
          )
        }
      </Block>
      <AddHook done={(name, secret) => (setMade({ name, secret }), loaded.reload())} />
    </>
  );
}

function stateWords({ enabled, state }: WebhookRow): JSX.Element {
  if (!enabled) return <Mark is="need">paused by a person</Mark>;
  if (state.is === "ok") return <Mark is="good">told</Mark>;
  return <Mark is={state.is === "retrying" ? "need" : "fault"}>{state.is}</Mark>;
}

function HookCard({ hook, reload }: { readonly hook: WebhookRow; readonly reload: () => void }): JSX.Element {
  const { name, state } = hook;
  const test = (): void =>
    void call("testWebhook", { name }).then(
      (it) =>
        toast({
          text: it.ok ? `${hook.name} answered ${it.status} in ${it.ms} ms.` : `${hook.name} did not take it: ${it.why ?? it.status}.`,
          stays: !it.ok,
        }),
      sayProblem,
    );
  const set = (enabled: boolean): void => void call("setWebhook", { name, enabled }).then(reload, sayProblem);
  const replay = (): void =>
    void call("replayWebhook", { name, from: 0 }).then(
      () => (toast({ text: `${hook.name} is told everything again.` }), reload()),
      sayProblem,
    );
  const remove = async (): Promise<void> => {
    if (
      !(await askFirst({ title: `Delete ${hook.name}?`, text: "Its secret and its place are lost.", yes: `Delete webhook ${hook.name}` }))
    )
      return;
    await call("removeWebhook", { name }).then(reload, sayProblem);
  };
  return (
    <div class="card head">
      <div>
        <strong>{hook.name}</strong> {stateWords(hook)}
        <br />
        <span class="mono">{hook.url}</span>
        <br />
        <span class="meta">
          {hook.kinds.length === 0 ? "all events" : hook.kinds.join(", ")} · {countText(state.behind)} behind · last taken{" "}
          {state.lastOkAt === null ? "never" : minuteText(state.lastOkAt)}
          {state.why === null ? "" : ` · ${state.why}`}
          {state.nextTryAt === null ? "" : ` · next try ${minuteText(state.nextTryAt)}`}
        </span>
      </div>
      <div class="acts">
        <button type="button" onClick={test}>
          Test<span class="hidden"> {hook.name}</span>
        </button>
        <Menu
          label={
            <>
              Change<span class="hidden"> {hook.name}</span>
            </>
          }
        >
          <button type="button" onClick={() => set(!hook.enabled || state.is === "stopped")}>
            {hook.enabled && state.is !== "stopped" ? "Pause" : "Go on"}
          </button>
          <button type="button" onClick={replay}>
            Tell everything again
          </button>
          <button type="button" onClick={() => void remove()}>
            Delete
          </button>
        </Menu>
      </div>
    </div>
  );
}

function AddHook({ done }: { readonly done: (name: string, secret: string) => void }): JSX.Element {
  const [name, setName] = useState("");
  const [url, setUrl] = useState("");
  const [kinds, setKinds] = useState("");
  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    const list = kinds.split(/[\s,]+/).filter(Boolean);
    try {
      const { secret } = await call("addWebhook", { name: name.trim(), url: url.trim(), kinds: list.length === 0 ? undefined : list });
      done(name.trim(), secret);
      setName("");
      setUrl("");
    } catch (thrown) {
      sayProblem(thrown);
    }
  };
  return (
    <>
      <h2>Add a webhook</h2>
      <form class="form-row" onSubmit={(event) => void send(event)}>
        <Field label="Name" value={name} set={setName} required maxLength={64} placeholder="crm" />
        <Field label="Address" value={url} set={setUrl} type="url" required placeholder="https://crm.example/fairlead" />
        <Field label="Kinds (empty: all)" value={kinds} set={setKinds} placeholder="bounced, held" />
        <button type="submit" class="main">
          Add webhook
        </button>
      </form>
    </>
  );
}
