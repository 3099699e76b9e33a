/** A secret that is shown this once. */
import type { JSX } from "preact";
import { CopyButton } from "../../look/copy.tsx";

export function Once({ what, secret, close }: { readonly what: string; readonly secret: string; readonly close: () => void }): JSX.Element {
  return (
    <section class="once" aria-label={what}>
      <strong>{what}</strong>, shown this once; nobody can read it again.
      <p>
        <span class="mono" data-secret>
          {secret}
        </span>
        <CopyButton text={secret} what={what} />
      </p>
      <button type="button" onClick={close}>
        I have it
      </button>
    </section>
  );
}
