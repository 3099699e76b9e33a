/** The second factor: a secret to scan or type, proved by a code before it counts. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { ReplyOf } from "../../../../src/control/api/routes.ts";
import { sayProblem } from "../../api/actions.ts";
import { call, type Problem, problemFrom } from "../../api/client.ts";
import { toast } from "../../frame/notices.ts";
import { NotTaken } from "../../look/blocks.tsx";
import { CopyButton } from "../../look/copy.tsx";
import { Field } from "../../look/field.tsx";
import { qrSquares } from "../../look/qr.ts";

export function SecondFactor(): JSX.Element {
  const [begun, setBegun] = useState<ReplyOf<"beginSecondFactor">>();
  const [code, setCode] = useState("");
  const [problem, setProblem] = useState<Problem>();
  const begin = (): void => void call("beginSecondFactor", {}).then(setBegun, sayProblem);
  const off = (): void =>
    void call("endSecondFactor", {}).then(() => toast({ text: "You sign in without a second factor now." }), sayProblem);
  const finish = async (event: Event): Promise<void> => {
    event.preventDefault();
    setProblem(undefined);
    try {
      await call("finishSecondFactor", { code: code.trim() });
      toast({ text: "The second factor is on. The next sign-in asks for a code." });
      setBegun(undefined);
    } catch (thrown) {
      setProblem(problemFrom(thrown));
    }
    setCode("");
  };
  return (
    <>
      <h2>Second factor</h2>
      {begun === undefined ? (
        <div class="acts">
          <button type="button" onClick={begin}>
            Set up an authenticator
          </button>
          <button type="button" onClick={off}>
            Turn it off
          </button>
        </div>
      ) : (
        <form class="once" onSubmit={(event) => void finish(event)}>
          <p>Scan this with your authenticator, or type the secret. It counts once a code proves it.</p>
          <QrCode text={begun.uri} />
          <p>
            <span class="mono" data-secret>
              {begun.secret}
            </span>
            <CopyButton text={begun.secret} what="the secret" />
          </p>
          <Field label="Code that it shows" value={code} set={setCode} inputMode="numeric" autocomplete="one-time-code" required />
          <NotTaken problem={problem} />
          <div class="acts">
            <button type="submit" class="main">
              Turn it on
            </button>
            <button type="button" onClick={() => setBegun(undefined)}>
              Not now
            </button>
          </div>
        </form>
      )}
    </>
  );
}

/** White with a quiet zone of four squares, whatever the theme: scanners want that. */
function QrCode({ text }: { readonly text: string }): JSX.Element | null {
  const rows = qrSquares(text);
  if (rows === undefined) return null; // too long for the sizes drawn here: the secret stands beside it
  const side = rows.length + 8;
  const path = rows.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x + 4} ${y + 4}h1v1h-1z`] : []))).join("");
  return (
    <svg class="qr" viewBox={`0 0 ${side} ${side}`} role="img" aria-label="The secret as a QR code" shape-rendering="crispEdges">
      <path d={path} fill="#000" />
    </svg>
  );
}
