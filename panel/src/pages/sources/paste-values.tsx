/** The values of a new source under the names they have where they are pasted; the password is shown this once. */
import type { JSX } from "preact";
import type { AddedSource } from "../../api/shapes.ts";
import { CopyButton } from "../../look/copy.tsx";

interface Props {
  readonly added: AddedSource;
  readonly doors: readonly { readonly name: string; readonly address: string }[];
  readonly close: () => void;
}

export function PasteValues({ added: { source, password }, doors, close }: Props): JSX.Element {
  const host = location.hostname;
  const port = doors[0]?.address.split(":").at(-1) ?? "25";
  const login = source.login ?? "";
  const exim = eximLines(host, port, login, password);
  const postfix = postfixLines(host, port, login, password);
  return (
    <section class="once" aria-label={`Values for ${source.name}`}>
      <strong>{source.name} may send.</strong> {password === null ? null : "The password is shown this once; nobody can read it again."}
      <dl class="facts">
        <dt>Host, port</dt>
        <dd class="mono">
          {host}:{port}
        </dd>
        {password === null ? null : (
          <>
            <dt>User</dt>
            <dd>
              <span class="mono">{login}</span>
              <CopyButton text={login} what="the user" />
            </dd>
            <dt>Password</dt>
            <dd>
              <span class="mono" data-secret>
                {password}
              </span>
              <CopyButton text={password} what="the password" />
            </dd>
          </>
        )}
      </dl>
      <details>
        <summary>Postfix, main.cf</summary>
        <pre>{postfix}</pre>
        <CopyButton text={postfix} what="the lines for Postfix">
          Copy
        </CopyButton>
      </details>
      <details>
        <summary>Exim</summary>
        <pre>{exim}</pre>
        <CopyButton text={exim} what="the lines for Exim">
          Copy
        </CopyButton>
      </details>
      <div class="acts">
        <button type="button" onClick={close}>
          {password === null ? "Close" : "I have the password"}
        </button>
      </div>
    </section>
  );
}

function postfixLines(host: string, port: string, login: string, password: string | null): string {
  const lines = [`relayhost = [${host}]:${port}`];
  if (password !== null)
    lines.push(
      "smtp_sasl_auth_enable = yes",
      "smtp_sasl_security_options = noanonymous",
      `smtp_sasl_password_maps = static:${login}:${password}`,
      "smtp_tls_security_level = encrypt",
    );
  return lines.join("\n");
}

function eximLines(host: string, port: string, login: string, password: string | null): string {
  const router = [
    "smarthost:",
    "  driver = manualroute",
    "  domains = ! +local_domains",
    "  transport = to_smarthost",
    `  route_list = * ${host}::${port}`,
  ];
  const auth = password === null ? [] : ["  hosts_require_auth = *", "  hosts_require_tls = *"];
  const transport = ["to_smarthost:", "  driver = smtp", ...auth];
  const authenticator =
    password === null
      ? []
      : [
          "",
          "# authenticators",
          "smarthost_plain:",
          "  driver = plaintext",
          "  public_name = PLAIN",
          `  client_send = ^${login}^${password}`,
        ];
  return ["# routers, before dnslookup", ...router, "", "# transports", ...transport, ...authenticator].join("\n");
}
