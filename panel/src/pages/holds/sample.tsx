/**
 * What is in a held message: text with its links made harmless, or its HTML in a frame of its own origin that may run
 * nothing and load nothing. Whatever a stranger wrote stays text here.
 */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { bytesText } from "../../../../src/base/size-text.ts";
import { writeCall } from "../../../../src/control/api/paths.ts";
import { useLoad } from "../../api/load.ts";
import type { Preview } from "../../api/shapes.ts";
import { Block } from "../../look/blocks.tsx";
import { defanged, Foreign } from "../../look/foreign.tsx";

export function Sample({ id }: { readonly id: string }): JSX.Element {
  const loaded = useLoad("preview", { id });
  return (
    <div class="card sample">
      <Block loaded={loaded}>{(preview) => <Parts id={id} preview={preview} />}</Block>
    </div>
  );
}

function Parts({ id, preview }: { readonly id: string; readonly preview: Preview }): JSX.Element {
  const [html, showHtml] = useState(false);
  return (
    <>
      <strong>
        <Foreign text={preview.subject ?? "no subject"} />
      </strong>
      <p class="meta">
        <Foreign text={preview.from ?? "no From"} /> → <Foreign text={preview.to ?? "no To"} />
        {preview.date === null ? null : (
          <>
            {" · "}
            <Foreign text={preview.date} />
          </>
        )}
      </p>
      {html ? (
        <iframe
          sandbox=""
          title="The message's HTML: nothing in it runs or loads"
          src={writeCall("frame", { id }).target}
          referrerpolicy="no-referrer"
        />
      ) : (
        <section class="scrolled" tabIndex={0} aria-label={`Text of ${id}`}>
          <pre>
            <Foreign text={defanged(preview.text ?? (preview.html === null ? "No text." : "Only HTML."))} mono />
          </pre>
        </section>
      )}
      {preview.html === null ? null : (
        <button type="button" onClick={() => showHtml(!html)}>
          {html ? "As text" : "As HTML, nothing runs"}
        </button>
      )}
      {preview.attachments.length === 0 ? null : (
        <ul class="meta" aria-label="Attachments">
          {preview.attachments.map((part, index) => (
            <li key={`${index} ${part.name}`}>
              <Foreign text={part.name ?? "without a name"} /> · {part.type} · {bytesText(part.bytes)}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
