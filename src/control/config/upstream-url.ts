/**
 * An upstream smarthost as one URL: `smtp://USER:PASS@HOST:PORT`, `smtps://` for TLS from the first byte, `?tls=` for
 * what else may be said of it. Parsed by hand, because messages must never repeat the password.
 */
import { ipFamily } from "../../base/ip.ts";
import type { Option } from "../../base/option.ts";
import { leaf } from "../../base/option-leaves.ts";
import type { Upstream, UpstreamTls } from "../../relay/deliver/deliver.ts";
import { isHostname } from "./names.ts";

const EXAMPLE = "smtp://USER:PASS@mail.example.net:587";
const TLS: readonly UpstreamTls[] = ["opportunistic", "required", "implicit", "never"];
const FORM = /^(smtps?):\/\/(?:([^/?#@]*)@)?(\[[^\]]*\]|[^:/?#@]*)(?::(\d{0,5}))?\/?(?:\?([^#]*))?$/i;

type Refused = { readonly refused: string };

export function upstream(options: { readonly doc: string }): Option<Upstream | undefined> {
  return leaf<Upstream>(
    { form: "smtp://[USER:PASS@]HOST[:PORT] or smtps://…", example: EXAMPLE, secret: true, read: readUpstream, show: upstreamText },
    options,
  );
}

type Login = NonNullable<Upstream["login"]>;

/** Undefined if it is no such URL at all. `as`: the login, where the URL itself must not name one. */
export function readUpstream(url: string, as?: Login | "no login"): Upstream | Refused | undefined {
  const parts = FORM.exec(url);
  if (parts === null)
    return url.includes("@") && /^smtps?:/i.test(url)
      ? refused("is no URL: in user and password write @ as %40, : as %3A, / as %2F, ? as %3F, # as %23, % as %25")
      : undefined;
  const [, scheme = "", credentials, rawHost = "", rawPort, query = ""] = parts;
  const host = rawHost.replace(/^\[|\]$/g, "").toLowerCase();
  if (rawHost.startsWith("[") ? ipFamily(host) !== 6 : !isHostname(host) && ipFamily(host) !== 4)
    return refused(host === "" ? "names no host" : `names ${JSON.stringify(host)}, which is no host name`);
  if (as !== undefined && credentials !== undefined) return refused("names a login: give the user apart, and the password sealed");
  const login = typeof as === "object" ? as : credentials === undefined ? undefined : readLogin(credentials);
  if (login !== undefined && "refused" in login) return login;
  const tls = readTls(query, scheme.toLowerCase() === "smtps", login !== undefined && !isLoopback(host));
  if (typeof tls === "object") return tls;
  const port = rawPort ? Number(rawPort) : tls === "implicit" ? 465 : login ? 587 : 25;
  if (port < 1 || port > 65_535) return refused(`has the port ${port}; ports end at 65535`);
  return { host, port, tls, ...(login && { login }) };
}

/** As one would write it, the password as `***`. */
export function upstreamText({ host, port, tls, login }: Upstream): string {
  const user = login ? `${encodeURIComponent(login.user)}:***@` : "";
  const address = `${user}${ipFamily(host) === 6 ? `[${host}]` : host}:${port}`;
  return tls === "implicit" ? `smtps://${address}` : `smtp://${address}?tls=${tls}`;
}

function readLogin(credentials: string): Login | Refused {
  const colon = credentials.indexOf(":");
  if (colon < 1 || colon === credentials.length - 1) return refused("must have both user and password before the @, as USER:PASS@");
  try {
    return { user: decodeURIComponent(credentials.slice(0, colon)), password: decodeURIComponent(credentials.slice(colon + 1)) };
  } catch {
    return refused("has a % in user or password that begins no %XX: write it as %25"); // URIError names nothing more
  }
}

/** A password is not sent in the clear, unless to this machine itself; for the rest STARTTLS is used where offered. */
function readTls(query: string, implicit: boolean, loginAbroad: boolean): UpstreamTls | Refused {
  const usual = implicit ? "implicit" : loginAbroad ? "required" : "opportunistic";
  if (query === "") return usual;
  const [, word] = /^tls=([a-z]+)$/.exec(query) ?? [];
  const tls = TLS.find((known) => known === word);
  if (tls === undefined) return refused(`has something unknown behind the ?; known is ?tls= with one of ${TLS.join(", ")}`);
  if (implicit && tls !== "implicit") return refused(`says smtps and tls=${tls}: choose one`);
  if (loginAbroad && (tls === "never" || tls === "opportunistic"))
    return refused("would send the password without TLS: use tls=required, or smtps://");
  return tls;
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (ipFamily(host) === 4 && host.startsWith("127."));
}

function refused(text: string): Refused {
  return { refused: text };
}
