/** HTTP towards receivers is a port: one request, to addresses that were looked at before. */

export interface HttpPost {
  readonly url: string;
  /** Where to connect; the name in `url` is not looked up again. */
  readonly addresses: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** How much of the answer is read; the rest is not. */
  readonly mostBytes: number;
  /** Ends it: after the answer's head has come, with what was read of it. */
  readonly signal: AbortSignal;
}

export type HttpAnswer =
  | { readonly is: "answer"; readonly status: number; readonly retryAfter: string | undefined; readonly text: string }
  /** No answer came. `why` is a clause of ours, without addresses. */
  | { readonly is: "failed"; readonly why: string };

export interface HttpClient {
  /** Follows no redirect. Does not reject. */
  post(request: HttpPost): Promise<HttpAnswer>;
}
