/** The control API's client: a typed call for each route, and errors that say what is wrong and what to do. */
import { request } from "node:http";
import { codeOf, Fault, textOf } from "../../base/fault.ts";
import type { ErrorBody } from "./answer.ts";
import { type InputOf, type ReplyOf, type RouteName, routes } from "./routes.ts";
import { socketPlace } from "./socket-place.ts";

/** Nothing answers on the socket; `cause` has the system's code (ENOENT, ECONNREFUSED, EACCES …). */
export class Unreachable extends Fault<"API_UNREACHABLE"> {}

/** The node answered with an error: `code` and `fix` are its own. */
export class ApiFailure extends Fault {
  readonly status: number;
  readonly fix: string | null;
  constructor(status: number, code: string, text: string, fix: string | null) {
    super(code, text);
    this.status = status;
    this.fix = fix;
  }
}

export interface ApiClient {
  readonly socketPath: string;
  /** @throws {Unreachable | ApiFailure} */
  call<Name extends RouteName>(name: Name, input: InputOf<Name>): Promise<ReplyOf<Name>>;
}

export interface ClientOptions {
  /** Silence on the socket for this long ends a call. Bulk actions take their time. */
  readonly timeoutMs?: number;
  /** Who asks, for the record. */
  readonly by?: string;
}

const USUAL_TIMEOUT_MS = 310_000; // longer than the server's own limit, so that its explanation arrives
const MOST_ANSWER_BYTES = 64 * 1024 * 1024;

export function openClient(socketPath: string, { timeoutMs = USUAL_TIMEOUT_MS, by }: ClientOptions = {}): ApiClient {
  return {
    socketPath,
    call: async <Name extends RouteName>(name: Name, input: InputOf<Name>) => {
      const { path, body } = written(name, input);
      const { status, text } = await exchange(socketPath, routes[name].method, path, body, timeoutMs, by);
      const value = parsed(text);
      if (status >= 200 && status < 300 && value !== undefined) return value as ReplyOf<Name>; // the server's table made it
      if (!isErrorBody(value)) throw new ApiFailure(status, "bad-answer", `the node answered ${status} without an explanation`, null);
      throw new ApiFailure(status, value.error.code, value.error.text, value.error.fix);
    },
  };
}

/** Fields named in the path go there, the others into the query or, for POST, the body. */
function written(name: RouteName, input: object): { readonly path: string; readonly body: string | undefined } {
  const rest = new Map(Object.entries(input).filter(([, value]) => value !== undefined));
  const path = routes[name].path.replace(/:(\w+)/g, (_, field: string) => {
    const value = rest.get(field);
    rest.delete(field);
    return encodeURIComponent(String(value));
  });
  if (routes[name].method === "POST") return { path, body: JSON.stringify(Object.fromEntries(rest)) };
  const query = new URLSearchParams([...rest].map(([field, value]) => [field, String(value)])).toString();
  return { path: query === "" ? path : `${path}?${query}`, body: undefined };
}

async function exchange(
  socketPath: string,
  method: string,
  path: string,
  body: string | undefined,
  timeoutMs: number,
  by: string | undefined,
): Promise<{ status: number; text: string }> {
  try {
    using place = socketPlace(socketPath);
    return await new Promise((resolve, fail) => {
      const headers = {
        connection: "close",
        ...(by === undefined ? {} : { "fairlead-by": by }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      };
      const sending = request({ socketPath: place.address, method, path, headers, agent: false, timeout: timeoutMs }, (response) => {
        const parts: Buffer[] = [];
        let length = 0;
        response.on("data", (part: Buffer) => {
          length += part.length;
          if (length > MOST_ANSWER_BYTES) response.destroy(new Error("the answer is larger than 64 MB"));
          else parts.push(part);
        });
        response.on("end", () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(parts).toString("utf8") }));
        response.on("error", fail);
      });
      sending.on("timeout", () => sending.destroy(Object.assign(new Error("no answer in time"), { code: "ETIMEDOUT" })));
      sending.on("error", fail);
      sending.end(body);
    });
  } catch (thrown) {
    throw new Unreachable(
      "API_UNREACHABLE",
      whyUnreachable(codeOf(thrown), socketPath) ?? `the node does not answer: ${textOf(thrown)}`,
      thrown,
    );
  }
}

function whyUnreachable(code: string, socketPath: string): string | undefined {
  switch (code) {
    case "ENOENT":
      return `no node runs on this data folder (there is no ${socketPath})`;
    case "ECONNREFUSED":
      return `the node was not stopped cleanly: nothing answers on ${socketPath}`;
    case "EACCES":
    case "EPERM":
      return `only the node's owner may open ${socketPath}`;
    case "ECONNRESET":
    case "EPIPE":
      return "the node hung up before it answered";
    default:
      return undefined;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // not JSON: the caller says so
  }
}

function isErrorBody(value: unknown): value is ErrorBody {
  return (
    typeof value === "object" &&
    value !== null &&
    "error" in value &&
    typeof value.error === "object" &&
    value.error !== null &&
    "text" in value.error
  );
}
