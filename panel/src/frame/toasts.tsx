/** What was just done, with its undo; and the two voices for screen readers. */
import type { JSX } from "preact";
import { Icon } from "../look/icons.tsx";
import { dismiss, notices, spoken, urgent } from "./notices.ts";

export function Toasts(): JSX.Element {
  return (
    <>
      <section class="toasts" aria-label="What was just done">
        {notices.value.map((notice) => (
          <div key={notice.id} class="toast fade">
            <span>
              {notice.text}
              {notice.cli === undefined ? null : <span class="cli">./fairlead {notice.cli}</span>}
            </span>
            {notice.undo === undefined ? null : (
              <button
                type="button"
                onClick={() => {
                  dismiss(notice.id);
                  notice.undo?.();
                }}
              >
                <Icon name="undo" /> Undo
              </button>
            )}
            <button type="button" onClick={() => dismiss(notice.id)}>
              Close
            </button>
          </div>
        ))}
      </section>
      <div class="hidden" aria-live="polite">
        {spoken.value}
      </div>
      <div class="hidden" aria-live="assertive">
        {urgent.value}
      </div>
    </>
  );
}
