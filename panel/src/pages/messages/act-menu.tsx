/** Acts on the query, not on ticks: counts first what it would touch, then does it or asks. */
import type { JSX } from "preact";
import { countText } from "../../../../src/base/size-text.ts";
import { APPLIES_TO } from "../../../../src/model/action.ts";
import { act, sayProblem, tryOut } from "../../api/actions.ts";
import type { ActionVerb } from "../../api/shapes.ts";
import { Menu } from "../../frame/menu.tsx";
import { toast } from "../../frame/notices.ts";
import { selectorOfTerms } from "./terms.ts";

const VERBS: readonly { readonly verb: ActionVerb; readonly name: string }[] = [
  { verb: "retry", name: "Retry now" },
  { verb: "hold", name: "Hold" },
  { verb: "release", name: "Release" },
  { verb: "discard", name: "Discard" },
  { verb: "bounce", name: "Bounce to the senders" },
];

export function ActMenu({ query, after }: { readonly query: string; readonly after: () => void }): JSX.Element {
  const wanted = selectorOfTerms(query);
  if ("without" in wanted)
    return (
      <Menu label="Act on all">
        <p class="meta">
          Acting works on state: to: from: sender: source: reply: id:, one value each. Remove {wanted.without.join(" ")} first.
        </p>
      </Menu>
    );
  if (Object.keys(wanted.selector).length === 0)
    return (
      <Menu label="Act on all">
        <p class="meta">Say first which mail is meant: state:queued to:@example.org</p>
      </Menu>
    );
  const run = async (verb: ActionVerb): Promise<void> => {
    try {
      const selector = {
        ...wanted.selector,
        states: wanted.selector.states?.filter((state) => APPLIES_TO[verb].includes(state)) ?? APPLIES_TO[verb],
      };
      if (selector.states.length === 0)
        return void toast({ text: `${verb} is for ${APPLIES_TO[verb].join(" or ")} mail; this query asks for other.` });
      const { matched, skipped } = await tryOut({ verb, selector });
      if (matched === 0) return void toast({ text: `Nothing ${APPLIES_TO[verb].join(" or ")} matches.` });
      const object = `${countText(matched)} ${matched === 1 ? "delivery" : "deliveries"} matching ${query}`;
      await act({ verb, selector, what: object, ...questionOf(verb, matched, object, skipped.length) }, after);
    } catch (thrown) {
      sayProblem(thrown);
    }
  };
  return (
    <Menu label="Act on all">
      {VERBS.map(({ verb, name }) => (
        <button type="button" key={verb} onClick={() => void run(verb)}>
          {name}
        </button>
      ))}
      <p class="meta">Of any age: actions go by what waits now, not by time.</p>
    </Menu>
  );
}

type Question = { readonly ask?: { readonly title: string; readonly text: string; readonly yes: string } };

/** A dialog stands only where undo is impossible. */
function questionOf(verb: ActionVerb, matched: number, object: string, skipped: number): Question {
  const rest = skipped > 0 ? " Some will be skipped, with their reason." : "";
  if (verb === "release")
    return {
      ask: {
        title: "Release?",
        text: `${object} go out now. What has gone out cannot be taken back.${rest}`,
        yes: `Send ${countText(matched)}`,
      },
    };
  if (verb === "bounce")
    return {
      ask: {
        title: "Bounce?",
        text: `${object} end now; their senders get a report. This cannot be taken back.${rest}`,
        yes: `Bounce ${countText(matched)}`,
      },
    };
  return {};
}
