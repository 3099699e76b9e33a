/** The section about reports to domains on the TLS of mail to them. */
import { section } from "../../base/option.ts";
import { leaf, text, yesNo } from "../../base/option-leaves.ts";
import { readDomain } from "./names.ts";

/** Who reports, where somebody wants to. */
export interface TlsReporter {
  readonly organization: string;
  readonly contact: string;
  /** MAIL FROM and From of reports; its domain is their submitter. */
  readonly from: string;
}

const ADDRESS = {
  form: "a mail address",
  read: (written: string) => readAddress(written),
  show: (address: string) => address,
};

export const tlsReportOptions = section(
  {
    send: yesNo({
      default: false,
      doc: "Send a report each day to every domain that asks for one. Its mail must leave with a DKIM signature of the domain in from, or receivers must ignore it (RFC 8460 §3): Fairlead does not sign yet, so turn it on where an upstream does.",
    }),
    organization: text({
      form: "a name",
      example: "Example Networks",
      otherwise: "the domain in from",
      doc: "Who reports.",
    }),
    contact: leaf(
      { ...ADDRESS, example: "postmaster@example.net" },
      { doc: "Whom a receiver may write to about its report. Needed to send any." },
    ),
    from: leaf(
      { ...ADDRESS, example: "tls-reports@example.net" },
      { otherwise: "tls-reports@ and the host name", doc: "The sender of reports; its domain is named as their submitter." },
    ),
  },
  {
    doc: "Reports on TLS to the domains that mail went to (RFC 8460). Sessions are counted in any case.",
    check: ({ send, contact }, { path, line }, report) => {
      if (send && contact === undefined)
        report({ path, line, cause: "sends reports without a contact", remedy: "add contact: with an address that somebody reads" });
    },
  },
);

export function tlsReporterOf(
  { send, organization, contact, from }: Readonly<typeof tlsReportOptions.absent>,
  hostname: string,
): TlsReporter | undefined {
  if (!send || contact === undefined) return undefined;
  const address = from ?? `tls-reports@${hostname}`;
  return { organization: organization ?? address.slice(address.lastIndexOf("@") + 1), contact, from: address };
}

function readAddress(written: string): string | undefined {
  const [, local, domain] = /^([a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64})@([^@]+)$/i.exec(written) ?? [];
  const known = domain === undefined ? undefined : readDomain(domain);
  return known === undefined ? undefined : `${local}@${known}`;
}
