/**
 * The API described for programs: OpenAPI 3.1, printed from the table. Its schemas are JSON Schema as the table has them,
 * so there is nothing to translate; who may call a route stands in its words and under `x-callers`.
 */
import { methodOf, PATHS, pathOf, type RouteName } from "./paths.ts";
import { isStreamed, type Route } from "./routes/route.ts";
import { type Json, jsonOfShape } from "./routes/schema.ts";
import { routes } from "./routes.ts";

const NAMES = Object.keys(PATHS) as RouteName[];
/** What a route may answer instead, with what it means. */
const REFUSALS: readonly (readonly [status: string, means: string])[] = [
  ["400", "something in the request does not fit; the text says what"],
  ["401", "a login or a key is needed"],
  ["403", "the role does not reach; or the order came from another site's page"],
  ["404", "there is no such thing, or it is another tenant's"],
  ["409", "refused as things stand"],
  ["428", "show the password again first: this cannot be undone"],
  ["429", "too much or too often; Retry-After says when"],
  ["503", "busy, or the spool cannot be read"],
];

export function openApi(version: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const name of NAMES) {
    const path = pathOf(name).replace(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [methodOf(name).toLowerCase()]: operation(name) };
  }
  return {
    openapi: "3.1.0",
    jsonSchemaDialect: "https://json-schema.org/draft/2020-12/schema",
    info: {
      title: "Fairlead",
      version,
      description: "Where mail is, why, and what to do about it. Times are RFC 3339 in UTC; what is absent is null.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    security: [{ key: [] }, { session: [] }],
    paths,
    components: {
      securitySchemes: {
        key: { type: "http", scheme: "bearer", description: "A program's key" },
        session: { type: "apiKey", in: "cookie", name: "__Host-fairlead", description: "A person's session; orders carry fairlead-csrf" },
      },
      schemas: {
        Failure: {
          type: "object",
          required: ["error"],
          properties: {
            error: {
              type: "object",
              required: ["code", "text", "fix"],
              properties: {
                code: { type: "string", description: "stable, for programs" },
                text: { type: "string", description: "a sentence for people" },
                fix: { anyOf: [{ type: "string" }, { type: "null" }], description: "the next step" },
              },
            },
          },
        },
      },
    },
  };
}

function operation(name: RouteName): Record<string, unknown> {
  const route: Route = routes[name];
  const json = jsonOfShape(route.takes);
  const inPath = [...pathOf(name).matchAll(/:(\w+)/g)].map(([, field = ""]) => field);
  const rest = Object.entries(json.properties ?? {}).filter(([field]) => !inPath.includes(field));
  const hasBody = methodOf(name) === "POST" || methodOf(name) === "PUT";
  const parameters = [
    ...inPath.map((field) => parameter(field, "path", json.properties?.[field] ?? {}, true)),
    ...(hasBody ? [] : rest.map(([field, schema]) => parameter(field, "query", schema, json.required?.includes(field) === true))),
  ];
  const { callers } = route;
  return {
    operationId: name,
    tags: [tagOf(name)],
    summary: route.says,
    ...(callers === "everybody" ? { security: [] } : {}),
    "x-callers": callers,
    ...(route.fresh ? { "x-fresh": true } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(hasBody && rest.length > 0 ? { requestBody: requestBody(route, json, rest) } : {}),
    responses: {
      "200": { description: route.says, content: contentOf(route) },
      ...Object.fromEntries(
        (route.statuses ?? []).map((status) => [String(status), { description: route.says, content: contentOf(route) }]),
      ),
      ...Object.fromEntries(
        REFUSALS.filter(([status]) => !route.statuses?.includes(Number(status))).map(([status, means]) => [status, failure(means)]),
      ),
    },
  };
}

function parameter(field: string, place: "path" | "query", schema: Json, required: boolean): Record<string, unknown> {
  const { description, ...rest } = schema;
  return {
    name: field,
    in: place,
    required,
    ...(description === undefined ? {} : { description }),
    schema: rest,
    ...(schema.type === "array" ? { style: "form", explode: false } : {}),
  };
}

function requestBody(route: Route, json: Json, rest: readonly (readonly [string, Json])[]): Record<string, unknown> {
  const own = (field: string): boolean => rest.some(([name]) => name === field) && !(route.also !== undefined && field === "text");
  const required = json.required?.filter(own) ?? [];
  const schema: Json = {
    type: "object",
    properties: Object.fromEntries(rest.filter(([field]) => own(field))),
    ...(required.length > 0 ? { required } : {}),
    additionalProperties: false,
  };
  return {
    required: required.length > 0,
    content: {
      "application/json": { schema },
      ...(route.also === undefined ? {} : { [route.also]: { schema: { type: "string" } } }),
    },
  };
}

function contentOf({ replies }: Route): Record<string, unknown> {
  if (!isStreamed(replies)) return { "application/json": { schema: jsonOfShape(replies) } };
  return Object.fromEntries(replies.streams.map((type) => [type, { schema: { type: "string" } }]));
}

function failure(description: string): Record<string, unknown> {
  return { description, content: { "application/json": { schema: { $ref: "#/components/schemas/Failure" } } } };
}

/** The first word of the path behind the version. */
function tagOf(name: RouteName): string {
  const [first = "pages"] = pathOf(name)
    .replace(/^\/api\/v1\//, "")
    .split("/");
  return first === "" ? "pages" : first.replace(/\.json$/, "");
}
