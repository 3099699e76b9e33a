/** A: takes everything, and sends a report about who is not there when it finds out. */
import { localPartOf, readLetter } from "../letter.ts";
import { mailboxOf } from "../mailboxes.ts";
import type { Habit, Taken } from "../receivers.ts";
import { files } from "./mailbox-habits.ts";
import type { Premises } from "./premises.ts";

export function lateBouncer(premises: Premises): readonly Habit[] {
  const { numbers, internet, counts } = premises;
  const random = internet.random.fork(`late bounces of ${premises.host.name}`);
  const bounces: Habit = {
    dot: (message) => {
      const { bounceLeastMs, bounceMostMs } = numbers.late;
      for (const recipient of message.recipients) {
        const kind = mailboxOf(recipient, numbers.mailboxes);
        if (message.mailFrom === "" || (kind !== "unknown" && kind !== "full")) continue;
        counts.bounces++;
        const [status, said] = kind === "unknown" ? ["5.1.1", "550 5.1.1 no such mailbox"] : ["5.2.2", "552 5.2.2 mailbox is full"];
        report(premises, message, recipient, status, said, bounceLeastMs + random.next() * (bounceMostMs - bounceLeastMs));
      }
      return undefined;
    },
  };
  return [bounces, files(premises, { junk: ({ kind }) => kind === "spam" })];
}

/** A report of failure (RFC 3464) to the message's return path. */
function report(premises: Premises, message: Taken, recipient: string, status: string, said: string, afterMs: number): void {
  const { post, host } = premises;
  const id = post.nextId("dsn");
  const boundary = `=_${id}`;
  post.send(
    host,
    {
      id,
      mailFrom: "",
      from: `MAILER-DAEMON@${host.name}`,
      recipients: [message.mailFrom],
      fields: [
        "MIME-Version: 1.0",
        "Auto-Submitted: auto-replied",
        `Content-Type: multipart/report; report-type=delivery-status; boundary="${boundary}"`,
      ],
      body: [
        `--${boundary}`,
        "Content-Type: text/plain; charset=us-ascii",
        "",
        `Your message to ${localPartOf(recipient)} could not be put into the mailbox: ${said}`,
        `--${boundary}`,
        "Content-Type: message/delivery-status",
        "",
        `Reporting-MTA: dns; ${host.name}`,
        `Arrival-Date: ${new Date(message.at).toUTCString()}`,
        "",
        `Final-Recipient: rfc822; ${recipient}`,
        "Action: failed",
        `Status: ${status}`,
        `Diagnostic-Code: smtp; ${said}`,
        `--${boundary}`,
        "Content-Type: text/rfc822-headers",
        "",
        ...readLetter(message).header.split("\r\n"),
        `--${boundary}--`,
      ],
    },
    afterMs,
  );
}
