/** A complaint as a report (RFC 5965) to the sender's feedback address, with the header of what was complained about. */
import type { Complaint, Premises } from "./premises.ts";

export function reportComplaint(premises: Premises, agent: string, { ip, recipient, message, letter }: Complaint, afterMs: number): void {
  const { post, feedbackTo, host } = premises;
  if (feedbackTo === undefined) return;
  const id = post.nextId("arf");
  const boundary = `=_${id}`;
  post.send(
    host,
    {
      id,
      mailFrom: `feedback@${host.name}`,
      recipients: [feedbackTo],
      fields: ["MIME-Version: 1.0", `Content-Type: multipart/report; report-type=feedback-report; boundary="${boundary}"`],
      body: [
        `--${boundary}`,
        "Content-Type: text/plain; charset=us-ascii",
        "",
        `This is an email abuse report for a message from ${ip}.`,
        `--${boundary}`,
        "Content-Type: message/feedback-report",
        "",
        "Feedback-Type: abuse",
        `User-Agent: ${agent}-Feedback/1.0`,
        "Version: 1",
        `Original-Mail-From: <${message.mailFrom}>`,
        `Original-Rcpt-To: <${recipient}>`,
        `Source-IP: ${ip}`,
        `Arrival-Date: ${new Date(message.at).toUTCString()}`,
        `--${boundary}`,
        "Content-Type: message/rfc822",
        "",
        ...letter.header.split("\r\n"),
        `--${boundary}--`,
      ],
    },
    afterMs,
  );
}
