/** Hands TLS reports over: as mail through this node's own queue, and by POST to a receiver of theirs (RFC 8460 §5). */
import type { Clock } from "../base/clock.ts";
import { textOf } from "../base/fault.ts";
import type { Resolver } from "../base/resolver.ts";
import { type HttpClient, reach } from "../control/webhooks/webhooks.ts";
import { composeReportMail, REPORT_MEDIA_TYPE } from "../mail/tls-report/tls-report.ts";
import type { Pipeline } from "./pipeline.ts";
import type { HandedOver, PackedReport, TlsReportPorts } from "./tls-reports.ts";

export interface PlacesPorts {
  readonly clock: Clock;
  readonly ownMail: Pipeline["ownMail"];
  readonly hostname: string;
  /** MAIL FROM and From. */
  readonly from: string;
  readonly http: HttpClient;
  readonly resolver: Resolver;
}

const POST_MS = 60_000;
/** Of an answer, for people to read. */
const ANSWER_CHARS = 200;

export function reportPlaces(ports: PlacesPorts): Pick<TlsReportPorts, "mail" | "post"> {
  return {
    mail: async (report, to) => await mailed(report, to, ports),
    post: async (report, url, signal) => await posted(report, url, signal, ports),
  };
}

async function mailed({ frame, packed, succeeded, failed }: PackedReport, to: readonly string[], ports: PlacesPorts): Promise<HandedOver> {
  const { ownMail, hostname: host, from } = ports;
  try {
    await ownMail.send({
      ...{ mailFrom: from, to, tls: "report" },
      compose: (id, at) => composeReportMail({ frame, packed, from, to, at, id, host, succeeded, failed }),
    });
    return { ok: true, place: to.join(" ") };
  } catch (thrown) {
    return { ok: false, why: `the mail could not be queued: ${textOf(thrown)}` };
  }
}

/** To public addresses only, with a certificate that holds: RFC 8460 §3 would let us ignore a wrong one, and nothing asks us to. */
async function posted({ packed }: PackedReport, url: string, signal: AbortSignal, ports: PlacesPorts): Promise<HandedOver> {
  const target = await reach(new URL(url), { private: false }, ports.resolver);
  if (!target.ok) return { ok: false, why: target.why };
  const limit = new AbortController();
  const cancel = ports.clock.after(POST_MS, () => limit.abort(new Error(`no answer within ${POST_MS / 1000} s`)));
  const answer = await ports.http.post({
    ...{ url, addresses: target.addresses, headers: { "content-type": REPORT_MEDIA_TYPE }, body: packed, mostBytes: 1_000 },
    signal: AbortSignal.any([signal, limit.signal]),
  });
  cancel();
  const { hostname } = new URL(url);
  if (answer.is === "failed") return { ok: false, why: `${hostname}: ${answer.why}` };
  if (answer.status >= 200 && answer.status < 300) return { ok: true, place: url };
  return { ok: false, why: `${hostname} answered ${answer.status} ${answer.text.slice(0, ANSWER_CHARS)}`.trim() };
}
