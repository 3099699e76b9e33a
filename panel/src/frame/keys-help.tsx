/** `?`: all keys that work here, and the switch that turns them off. */
import type { JSX } from "preact";
import { Dialog } from "./dialog.tsx";
import { keysChanged, keysOn, keyUses, setKeys } from "./keys.ts";

export function KeysHelp({ close }: { readonly close: () => void }): JSX.Element {
  keysChanged.value;
  return (
    <Dialog title="Keys" close={close}>
      <label>
        <input type="checkbox" checked={keysOn.value} onChange={(event) => setKeys(event.currentTarget.checked)} /> Single keys do something
        (Ctrl-K always does)
      </label>
      <dl class="facts">
        {keyUses().map((use) => (
          <>
            <dt>
              <kbd>{use.keys}</kbd>
            </dt>
            <dd>{use.does}</dd>
          </>
        ))}
        <dt>
          <kbd>Enter</kbd>
        </dt>
        <dd>open the row</dd>
      </dl>
      <div class="acts">
        <button type="button" onClick={close}>
          Close
        </button>
      </div>
    </Dialog>
  );
}
