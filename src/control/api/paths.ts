/**
 * Every route's name with its method and path: the API's table of contents. It stands alone, so that the command line
 * and the panel, which need nothing else at run time, load nothing else. `:name` is a field of the route's input.
 */
export const PATHS = {
  me: "GET /api/v1/me",
  login: "POST /api/v1/login",
  logout: "POST /api/v1/logout",
  confirm: "POST /api/v1/confirm",
  makeFirst: "POST /api/v1/first",
  first: "GET /api/v1/first/:code",
  useFirst: "POST /api/v1/first/:code",
  changePassword: "POST /api/v1/password",
  beginSecondFactor: "POST /api/v1/second-factor",
  finishSecondFactor: "PUT /api/v1/second-factor",
  endSecondFactor: "DELETE /api/v1/second-factor",
  sessions: "GET /api/v1/sessions",
  endSession: "DELETE /api/v1/sessions/:id",
  users: "GET /api/v1/users",
  addUser: "POST /api/v1/users",
  setUser: "PUT /api/v1/users/:name",
  removeUser: "DELETE /api/v1/users/:name",
  keys: "GET /api/v1/keys",
  addKey: "POST /api/v1/keys",
  removeKey: "DELETE /api/v1/keys/:id",

  health: "GET /api/v1/health",
  ready: "GET /api/v1/ready",
  metrics: "GET /metrics",
  status: "GET /api/v1/status",
  now: "GET /api/v1/now",
  ledger: "GET /api/v1/ledger",

  search: "GET /api/v1/search",
  tally: "GET /api/v1/tally",
  export: "GET /api/v1/export",
  messages: "GET /api/v1/messages",
  message: "GET /api/v1/messages/:id",
  content: "GET /api/v1/messages/:id/content",
  preview: "GET /api/v1/messages/:id/preview",
  frame: "GET /api/v1/messages/:id/frame",
  makeLink: "POST /api/v1/messages/:id/link",
  revokeLink: "DELETE /api/v1/messages/:id/link",
  find: "GET /api/v1/find",
  explain: "GET /api/v1/explain",

  deliveries: "GET /api/v1/deliveries",
  holds: "GET /api/v1/holds",
  act: "POST /api/v1/actions",
  undo: "POST /api/v1/actions/:action/undo",
  actions: "GET /api/v1/actions",

  destinations: "GET /api/v1/destinations",
  destination: "GET /api/v1/destinations/:key",
  lanes: "GET /api/v1/lanes",
  undoLane: "POST /api/v1/lanes/:lane/undo",
  explainLimit: "GET /api/v1/destinations/:key/limits",
  pauseDestination: "POST /api/v1/destinations/:key/pause",
  resumeDestination: "POST /api/v1/destinations/:key/resume",
  overrides: "GET /api/v1/overrides",
  addOverride: "POST /api/v1/overrides",
  undoOverride: "POST /api/v1/overrides/:override/undo",
  routeTest: "GET /api/v1/route-test",
  tlsReports: "GET /api/v1/tls-reports",
  tlsResults: "GET /api/v1/tls-reports/:domain",
  egresses: "GET /api/v1/egresses",
  addEgress: "POST /api/v1/egresses",
  setEgress: "PUT /api/v1/egresses/:name",
  removeEgress: "DELETE /api/v1/egresses/:name",
  drainEgress: "POST /api/v1/egresses/:name/drain",
  undrainEgress: "POST /api/v1/egresses/:name/undrain",
  pools: "GET /api/v1/pools",
  setPool: "PUT /api/v1/pools/:name",
  removePool: "DELETE /api/v1/pools/:name",
  upstreamWays: "GET /api/v1/upstreams",
  setUpstream: "PUT /api/v1/upstreams/:name",
  removeUpstream: "DELETE /api/v1/upstreams/:name",
  suppressions: "GET /api/v1/suppressions",
  suppress: "POST /api/v1/suppressions",
  unsuppress: "POST /api/v1/suppressions/remove",
  exportSuppressions: "GET /api/v1/suppressions/export",

  sources: "GET /api/v1/sources",
  addSource: "POST /api/v1/sources",
  removeSource: "DELETE /api/v1/sources/:name",
  settings: "GET /api/v1/settings",
  exportSettings: "GET /api/v1/settings/export",
  applySettings: "POST /api/v1/settings/apply",
  revisions: "GET /api/v1/settings/revisions",
  revision: "GET /api/v1/settings/revisions/:revision",
  diffSettings: "GET /api/v1/settings/diff",
  rollbackSettings: "POST /api/v1/settings/rollback",
  audit: "GET /api/v1/audit",
  retention: "GET /api/v1/retention",
  forget: "POST /api/v1/history/forget",

  events: "GET /api/v1/events",
  live: "GET /api/v1/live",
  webhooks: "GET /api/v1/webhooks",
  addWebhook: "POST /api/v1/webhooks",
  setWebhook: "PUT /api/v1/webhooks/:name",
  removeWebhook: "DELETE /api/v1/webhooks/:name",
  replayWebhook: "POST /api/v1/webhooks/:name/replay",
  testWebhook: "POST /api/v1/webhooks/:name/test",

  lab: "GET /api/v1/lab",
  labTrouble: "POST /api/v1/lab/trouble",
  labClock: "POST /api/v1/lab/clock",

  pickup: "POST /api/v1/pickup",
  drain: "POST /api/v1/drain",
  openapi: "GET /api/v1/openapi.json",
  storyPage: "GET /s/:key",
  codePage: "GET /c/:code",
  pageStyle: "GET /page.css",
} as const;

export type RouteName = keyof typeof PATHS;
export type Method = "GET" | "POST" | "PUT" | "DELETE";

/** A call as it goes over the wire: fields named in the path stand there, the others in the query or the JSON body. */
export interface WrittenCall {
  readonly method: Method;
  /** With the query. */
  readonly target: string;
  /** JSON; undefined where the method has none. */
  readonly body: string | undefined;
}

export function methodOf(name: RouteName): Method {
  return PATHS[name].split(" ", 1)[0] as Method; // each row begins with one
}

export function pathOf(name: RouteName): string {
  return PATHS[name].slice(methodOf(name).length + 1);
}

export function writeCall(name: RouteName, input: object): WrittenCall {
  const rest = new Map(Object.entries(input).filter(([, value]) => value !== undefined));
  const method = methodOf(name);
  const path = pathOf(name).replace(/:(\w+)/g, (_, field: string) => {
    const value = rest.get(field);
    rest.delete(field);
    return encodeURIComponent(String(value));
  });
  if (method === "POST" || method === "PUT") return { method, target: path, body: JSON.stringify(Object.fromEntries(rest)) };
  const query = new URLSearchParams([...rest].map(([field, value]) => [field, String(value)])).toString();
  return { method, target: query === "" ? path : `${path}?${query}`, body: undefined };
}
