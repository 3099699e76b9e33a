/** Where the time went, as a bar whose parts add up; and what happened, oldest first, dialogues folded. */
import type { JSX } from "preact";
import type { RecipientStory, StoryStep } from "../../api/shapes.ts";
import { CopyButton } from "../../look/copy.tsx";
import { Foreign } from "../../look/foreign.tsx";
import { momentText, spanText } from "../../look/times.ts";

export function TimeBar({ parts, totalMs }: Pick<RecipientStory, "parts" | "totalMs">): JSX.Element | null {
  if (parts.length === 0) return null;
  return (
    <>
      <h2>Where the time went</h2>
      <div class="bar" aria-hidden="true">
        {parts.map((part) => (
          <span key={part.what} title={part.what} style={{ flexGrow: String(Math.max(part.ms, 0)), flexBasis: "0" }} />
        ))}
      </div>
      <ul class="parts" aria-label={`${spanText(totalMs)} in all`}>
        {parts.map((part) => (
          <li key={part.what} data-ms={part.ms}>
            <strong>{spanText(part.ms)}</strong> {part.what}
          </li>
        ))}
        <li class="dim" data-total={totalMs}>
          = {spanText(totalMs)}
        </li>
      </ul>
    </>
  );
}

interface Props {
  readonly one: RecipientStory;
  readonly zoneName: string;
  readonly opened: boolean;
}

export function Steps({ one, zoneName, opened }: Props): JSX.Element {
  return (
    <>
      <h2>What happened ({zoneName})</h2>
      <ol class="steps">
        {one.steps.map((step) => (
          <StepLine key={`${step.event} ${step.at}`} step={step} opened={opened} />
        ))}
      </ol>
    </>
  );
}

function StepLine({ step, opened }: { readonly step: StoryStep; readonly opened: boolean }): JSX.Element {
  return (
    <li>
      <time class="mono" dateTime={step.at} title={step.at}>
        {momentText(step.at)}
      </time>
      <span class="dim">+{spanText(step.ms)}</span>
      <div class="what">
        <div>
          <Foreign text={step.text} />
          {step.by === null || step.text.includes(`by ${step.by}`) ? null : <span class="dim"> by {step.by}</span>}
        </div>
        {step.quote === null ? null : (
          <div class="quote">
            <Foreign text={step.quote} mono />
            <CopyButton text={step.quote} what="the reply" />
          </div>
        )}
        {step.dialogue === null ? null : (
          <details open={opened}>
            <summary>Dialogue</summary>
            <section class="dialogue" tabIndex={0} aria-label="What was said">
              <pre>
                <Foreign text={step.dialogue} mono />
              </pre>
            </section>
            <CopyButton text={step.dialogue} what="the dialogue">
              Copy the dialogue
            </CopyButton>
          </details>
        )}
      </div>
    </li>
  );
}
