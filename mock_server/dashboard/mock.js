// The mock as the page sees it: the chosen session, the control operations, and what is served.

export const fixed = location.pathname.match(/\/_session\/([^/]+)\/_mock\//)?.[1];
export const root = location.pathname.match(/^(.*?)(?:\/_session\/[^/]+)?\/_mock\//)?.[1] ?? "";
export const chosen = { session: fixed ?? new URLSearchParams(location.search).get("session") ?? "" };

// A refusal of the mock, with the members that are wrong.
export class Refused extends Error {
  constructor(message, status, faults) {
    super(message);
    this.status = status;
    this.faults = faults;
  }
}

export async function call(method, path, body) {
  const headers = {};
  if (chosen.session && !fixed) headers["X-Mock-Session"] = chosen.session;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const reply = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  const value = reply.headers.get("Content-Type")?.includes("json") ? await reply.json() : null;
  if (reply.ok) return value;
  throw new Refused(value?.error?.message ?? `${method} ${path}: ${reply.status}`, reply.status, value?.error?.faults ?? []);
}

export const query = (values) => {
  const given = Object.entries(values).flatMap(([name, value]) => [value].flat().map((each) => [name, each]));
  const text = new URLSearchParams(given.filter(([, value]) => value !== undefined && value !== "")).toString();
  return text && `?${text}`;
};

export const step = encodeURIComponent;

// What does not change while the page is open is asked for once.
const known = new Map();
function once(key, ask) {
  if (!known.has(key)) {
    const asked = ask();
    asked.catch(() => known.delete(key));
    known.set(key, asked);
  }
  return known.get(key);
}

export const forget = () => known.clear();
export const apis = () => once("apis", async () => (await call("GET", "apis")).apis);
export const describe = (api, resource) =>
  once(`schema ${api}/${resource}`, () => call("GET", `schemas/${step(api)}/${step(resource)}`));
const documentOf = (api) => once(`document ${api}`, () => call("GET", `openapi/${step(api)}.json`));

// The place that a pointer of the document leads to; null when there is none.
export async function lookUp(api, pointer) {
  let part = await documentOf(api);
  for (const step of pointer.replace(/^#\//, "").split("/")) {
    part = part?.[step.replaceAll("~1", "/").replaceAll("~0", "~")];
    if (typeof part?.$ref === "string") part = await lookUp(api, part.$ref);
  }
  return part ?? null;
}

// What an operation may answer: status -> the names of its examples.
export async function repliesOf(api, operation) {
  const { paths } = await documentOf(api);
  const found = Object.values(paths)
    .flatMap(Object.values)
    .find((each) => each.operationId === operation);
  const replies = {};
  for (const [status, declared] of Object.entries(found?.responses ?? {})) {
    const reply = declared.$ref ? await lookUp(api, declared.$ref) : declared;
    replies[status] = [...new Set(Object.values(reply?.content ?? {}).flatMap((each) => Object.keys(each.examples ?? {})))];
  }
  return replies;
}

// The address of an API, in a session when one is named.
export function address(api, session = chosen.session) {
  const below = session ? `/_session/${session}` : "";
  return `${location.origin}${root}${below}${api.path === "/" ? "" : api.path}`;
}
