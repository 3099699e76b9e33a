/** From a command to the node: its own socket, or its HTTP door with a key, and what its errors mean for the exit code. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { codeOf, textOf } from "../base/fault.ts";
import { type ApiClient, ApiFailure, openClient, type RemoteNode, Unreachable } from "../control/api/client.ts";
import { CommandFault, EXIT, usageFault } from "./exit.ts";
import type { Call } from "./verb.ts";

type Where = Pick<Call, "flags" | "terminal">;

/** A token has some dozens of characters; authorities' certificates some thousands. */
const MOST_TOKEN_BYTES = 1024;
const MOST_CA_BYTES = 4 * 1024 * 1024;

export function dataFolder({ flags, terminal }: Where): string {
  return flags.text("data") ?? (terminal.env["FAIRLEAD_DATA"] || "./data");
}

/** The node of `--node`, or of `--data`. Nothing is opened before the first call. @throws {CommandFault} */
export function connect(call: Call): ApiClient {
  const url = nodeUrl(call);
  const { signal } = call;
  if (url !== undefined) return openClient(remoteNode(call, url), { signal });
  return openClient(join(dataFolder(call), "control.sock"), { by: call.terminal.user.replace(/[^\w.@+-]/g, "_").slice(0, 64), signal });
}

/** What is said on the command line goes before the environment, which is not for verbs of the node's own machine. */
export function nodeUrl({ flags, terminal, verb }: Where & Pick<Call, "verb">): URL | undefined {
  if (!verb.flags.some(({ name }) => name === "node")) return undefined;
  const named = flags.text("node");
  if (named !== undefined && flags.on("data")) throw usageFault("--node and --data both name a node", "give one of them");
  const text = named ?? (flags.on("data") ? undefined : terminal.env["FAIRLEAD_NODE"] || undefined);
  if (text === undefined) {
    for (const flag of ["token-file", "ca-file"])
      if (flags.on(flag)) throw usageFault(`--${flag} goes with --node`, "the node's own socket needs no key");
    return undefined;
  }
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "")
    throw usageFault(`${text.slice(0, 80)} is no node's address`, "write https://relay.example.net:8443");
  if (url.protocol === "http:" && !isThisMachine(url.hostname))
    throw usageFault(
      `http:// to ${url.hostname} would show the key to everybody on the way`,
      `use https://, or a tunnel: ssh -L 8080:127.0.0.1:8080 ${url.hostname}, and then --node http://127.0.0.1:8080`,
    );
  return url;
}

function isThisMachine(host: string): boolean {
  return host === "localhost" || /^127\.\d+\.\d+\.\d+$/.test(host) || host === "[::1]";
}

function remoteNode({ flags, terminal }: Where, url: URL): RemoteNode {
  const file = flags.text("token-file") ?? (terminal.env["FAIRLEAD_TOKEN_FILE"] || undefined);
  if (file === undefined)
    throw usageFault("a node at an address needs a key", "--token-file FILE; on the node: fairlead keys add NAME --role ROLE --out FILE");
  const token = readSmall(file, MOST_TOKEN_BYTES, "secret").trim();
  if (!/^[\w.~+/=-]{1,200}$/.test(token))
    throw usageFault(
      `${file} does not hold a key's token, alone on its line`,
      "on the node: fairlead keys add NAME --role ROLE --out FILE",
    );
  const authorities = flags.text("ca-file") ?? (terminal.env["FAIRLEAD_CA_FILE"] || undefined);
  return { url, token, ...(authorities === undefined ? {} : { ca: readSmall(authorities, MOST_CA_BYTES, "public") }) };
}

/** The opened file is the one that is looked at: nobody changes it in between. A pipe belongs to whoever made it. */
function readSmall(file: string, most: number, kind: "secret" | "public"): string {
  let descriptor: number;
  try {
    descriptor = openSync(file, "r");
  } catch (thrown) {
    throw new CommandFault(EXIT.usage, "usage", `${file} cannot be read: ${textOf(thrown)}`, "look at its name and its owner", thrown);
  }
  try {
    const stat = fstatSync(descriptor);
    if (kind === "secret" && stat.isFile() && (stat.mode & 0o077) !== 0)
      throw usageFault(`${file} can be read by others: whoever did has the key`, `chmod 600 ${file}; better, make a new key`);
    const bytes = Buffer.alloc(most + 1);
    let length = 0;
    for (let got = -1; got !== 0 && length < bytes.length; length += got)
      got = readSync(descriptor, bytes, length, bytes.length - length, null);
    if (length > most) throw usageFault(`${file} is larger than ${most} bytes`, "name the right file");
    return bytes.toString("utf8", 0, length);
  } catch (thrown) {
    if (thrown instanceof CommandFault) throw thrown;
    throw new CommandFault(EXIT.usage, "usage", `${file} cannot be read: ${textOf(thrown)}`, "name a file", thrown);
  } finally {
    closeSync(descriptor);
  }
}

/** ` --data D` or ` --node URL …` as the user gave it, so that a printed command works as it stands. */
export function sameNode({ flags }: Pick<Call, "flags">): string {
  return ["data", "node", "token-file", "ca-file"]
    .flatMap((name) => {
      const value = flags.text(name);
      return value === undefined ? [] : [` --${name} ${/^[\w./@:+-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`}`];
    })
    .join("");
}

/** An error of the API as the end of a command. Anything else comes back as it was. */
export function asCommandFault(thrown: unknown): unknown {
  if (thrown instanceof Unreachable) {
    const cause = codeOf(thrown.cause);
    const denied = cause === "EACCES" || cause === "EPERM";
    const usual = denied
      ? "run it as the user that runs the node, or with sudo"
      : "start it: fairlead up --data DIR; or name its folder: --data DIR";
    return new CommandFault(denied ? EXIT.notAllowed : EXIT.unreachable, "unreachable", thrown.message, thrown.fix ?? usual, thrown);
  }
  if (thrown instanceof ApiFailure) return new CommandFault(exitOf(thrown), thrown.code, thrown.message, fixFor(thrown), thrown);
  return thrown;
}

function exitOf({ status }: ApiFailure): number {
  switch (status) {
    case 404:
      return EXIT.notFound;
    case 401:
    case 403:
    case 428:
      return EXIT.notAllowed;
    case 409:
      return EXIT.no;
    case 429:
      return EXIT.unreachable; // later it can be reached again
    default:
      return status >= 500 || status < 400 ? EXIT.unreachable : EXIT.usage;
  }
}

/** The node's own words, but for those that are for browsers and programs. */
function fixFor({ status, fix }: ApiFailure): string | undefined {
  if (fix !== null && /^(GET|POST|PUT|DELETE) \//.test(fix)) return undefined;
  if (status === 401) return "the key is wrong, over or removed: fairlead keys list on the node, and a new one in --token-file";
  return fix ?? undefined;
}
