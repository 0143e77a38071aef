// What one does with a request that was made: copy it, send it again, have it answered differently next time.

import { act, button, copy, el } from "./elements.js";
import { apis, call, fixed, repliesOf, root } from "./mock.js";

const REDACTED = "[redacted]";

// Headers that a client sets by itself, or that only concern the connection.
const OWN = /^(host|connection|content-length|transfer-encoding|accept-encoding|accept-language|user-agent|origin|referer|cookie|dnt|x-mock-session|sec-.*)$/;

// The request as it can be sent again, with the credential of a token in place of the one that was redacted.
async function repeated(request, role) {
  const served = (await apis()).find((each) => each.name === request.api);
  const credential = served?.tokens.find((each) => each.role === role)?.credential;
  const headers = {};
  for (const [name, value] of Object.entries(request.request.headers)) {
    if (!OWN.test(name) && !value.includes(REDACTED)) headers[name] = value;
  }
  const url = new URL(`${location.origin}${root}${request.target}`);
  for (const [name, value] of [...url.searchParams]) if (value === REDACTED) url.searchParams.delete(name);
  if (credential?.in === "header") headers[credential.name] = credential.value;
  if (credential?.in === "query") url.searchParams.set(credential.name, credential.value);
  if (credential?.in === "cookie") headers.Cookie = `${credential.name}=${credential.value}`;
  const session = request.session || (fixed ?? "");
  if (session) headers["X-Mock-Session"] = session;
  const { body } = request.request;
  return { method: request.method, url: url.href, headers, body: body === null ? null : typeof body === "string" ? body : JSON.stringify(body) };
}

const quoted = (value) => `'${value.replaceAll("'", "'\\''")}'`;

export function asCurl({ method, url, headers, body }) {
  const parts = ["curl", ...(method === "GET" ? [] : ["-X", method]), quoted(url)];
  for (const [name, value] of Object.entries(headers)) parts.push("-H", quoted(`${name}: ${value}`));
  if (body !== null) parts.push("--data-raw", quoted(body));
  return parts.join(" ");
}

export function asFetch({ method, url, headers, body }) {
  const options = { method, headers, ...(body === null ? {} : { body }) };
  return `await fetch(${JSON.stringify(url)}, ${JSON.stringify(options, null, 2)});`;
}

// The buttons for a request; `sent` is called once it was sent again.
export async function actions(request, sent) {
  const served = (await apis()).find((each) => each.name === request.api);
  const roles = served?.tokens.map((each) => each.role) ?? [];
  const withToken = Object.entries(request.request.headers).some(([, value]) => value.includes(REDACTED)) || request.target.includes(REDACTED);
  const role = el(
    "select",
    { id: "request-role" },
    el("option", { value: "", textContent: "without a token" }),
    roles.map((each) => el("option", { value: each, textContent: `as ${each}` })),
  );
  role.value = withToken ? (roles[0] ?? "") : "";
  const made = () => repeated(request, role.value);
  const incomplete = request.request.truncated || JSON.stringify(request.request.body ?? "").includes(REDACTED);
  return el(
    "div",
    { className: "row" },
    button("Copy as curl", async () => copy(asCurl(await made()), "the curl command")),
    button("Copy as fetch", async () => copy(asFetch(await made()), "the call of fetch")),
    button("Send again", () => act("", async () => sent(await send(await made()))), { className: "primary" }),
    el("label", { className: "hidden", htmlFor: "request-role", textContent: "Send it" }),
    role,
    incomplete ? el("p", { className: "quiet", textContent: "The journal does not have the whole body: what was secret or long is missing when it is sent again." }) : null,
  );
}

async function send({ method, url, headers, body }) {
  const started = performance.now();
  try {
    const reply = await fetch(url, { method, headers, body: body === null || method === "GET" ? undefined : body });
    await reply.arrayBuffer();
    return `Answered ${reply.status} in ${Math.round(performance.now() - started)} ms.`;
  } catch {
    return "The connection was cut before the answer was complete.";
  }
}

// The form that has the operation of a request answered differently next time.
export async function otherwise(request, forced) {
  const replies = request.operation ? await repliesOf(request.api, request.operation) : {};
  const field = (id, label, input) => [el("label", { htmlFor: id, textContent: label }), Object.assign(input, { id })];
  const option = (value, textContent = value) => el("option", { value, textContent });
  const status = el("select", {}, option("", "as usual"), statuses(replies).map((each) => option(each)));
  const example = el("select", {}, option("", "none"));
  const fill = () => {
    const names = status.value ? (replies[status.value] ?? []) : Object.values(replies).flat();
    example.replaceChildren(option("", "none"), ...[...new Set(names)].map((each) => option(each)));
  };
  status.addEventListener("change", fill);
  fill();
  const delay = el("input", { type: "number", min: 0, max: 60, step: "any", placeholder: "none" });
  const times = el("input", { type: "number", min: 1, value: 1 });
  const broken = el(
    "select",
    {},
    option("", "no"),
    option("before", "the connection is cut, and nothing has happened"),
    option("after", "it has happened, but the connection is cut"),
    option("malformed", "only half of the body is sent"),
  );
  const what = request.operation ?? `${request.method} ${request.path}`;
  const form = el(
    "form",
    { className: "card", ariaLabel: "Answer this differently next time" },
    el("h3", { textContent: `Answer ${what} differently next time` }),
    el(
      "div",
      { className: "fields" },
      field("otherwise-status", "Status", status),
      field("otherwise-example", "Example", example),
      field("otherwise-delay", "Wait (seconds)", delay),
      field("otherwise-broken", "Broken", broken),
      field("otherwise-times", "How often", times),
    ),
    el("button", { className: "primary", textContent: "Do that" }),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    act(`The next time, ${what} is answered differently.`, async () => {
      const match = request.operation ? { api: request.api, operation: request.operation } : { method: request.method, path: request.path };
      const made = await call("POST", "replies", {
        ...match,
        status: status.value ? Number(status.value) : undefined,
        example: example.value || undefined,
        delay: delay.value ? Number(delay.value) : undefined,
        times: Number(times.value || 1),
        drop: ["before", "after"].includes(broken.value) ? broken.value : undefined,
        malformed: broken.value === "malformed" || undefined,
      });
      await forced();
      return () => call("DELETE", `replies/${made.id}`).then(forced);
    });
  });
  return form;
}

// The statuses that an operation declares, and those that any may have.
const statuses = (replies) => [
  ...new Set([...Object.keys(replies).filter((each) => /^\d+$/.test(each)), "401", "403", "404", "409", "429", "500", "503"]),
].sort();

