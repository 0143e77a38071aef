// The requests as they come, and one of them beside the list.

import { actions, otherwise } from "./again.js";
import { $, act, el, hasFocus, json, link, lose, on, say, took } from "./elements.js";
import { call, chosen, lookUp, query } from "./mock.js";

const PAGE = 100; // requests that are asked for at once
const SHOWN = 500; // requests in the list

let latest = 0; // the serial number up to which everything is shown
let open = null;

const named = (session) => session || "default";
const everywhere = () => $("request-everywhere").checked;
const asked = (more) => query({ search: $("request-search").value, session: everywhere() ? "*" : undefined, limit: PAGE, ...more });

// Ask for what has come since; whether something has been written.
export async function poll() {
  const session = chosen.session;
  const found = await call("GET", `requests/overview${asked({ since: latest || undefined })}`);
  if (session !== chosen.session) return false;
  if (found.latest < latest) {
    // The mock was restarted: its requests are numbered from one again.
    latest = 0;
    $("request-list").replaceChildren();
    return poll();
  }
  const list = $("request-list");
  if (found.more && latest) list.replaceChildren(); // more than a page has come: the older ones are asked for
  for (const row of [...list.children].reverse()) {
    if (found.oldest !== null && Number(row.dataset.serial) >= found.oldest) break;
    row.remove();
  }
  let waiting = Infinity;
  for (const request of found.requests.toReversed()) {
    const known = list.querySelector(`[data-serial="${request.serial}"]`);
    if (known) known.replaceWith(line(request, known));
    else list.prepend(line(request));
    if (request.status === null) waiting = Math.min(waiting, request.serial);
  }
  while (list.childElementCount > SHOWN) list.lastElementChild.remove();
  if (found.more || found.requests.length) $("request-older").hidden = !(found.more || list.childElementCount >= PAGE);
  latest = waiting === Infinity ? found.latest : waiting - 1;
  count(found);
  return found.requests.some((each) => each.method !== "GET" && each.status !== null && each.status < 400);
}

function count({ kept, total }) {
  const shown = $("request-list").childElementCount;
  const lost = total > kept ? `; ${total - kept} older ones are no longer kept` : "";
  $("request-count").textContent = `${shown} shown of ${kept}${lost}`;
  $("request-none").hidden = shown > 0;
}

function line(request, before = null) {
  const part = (className, textContent) => el("span", { className, textContent });
  const row = el(
    "li",
    { "data-serial": request.serial },
    el(
      "a",
      { href: `#/requests/${request.serial}` },
      part("time", request.time.slice(11, 19)),
      part("method", request.method),
      part("target", request.target),
      part(`status s${String(request.status ?? 0)[0]}`, request.status ?? "\u2026"),
      part("took", took(request.seconds)),
      el("span", { className: "session", "data-other": request.session === chosen.session ? undefined : "yes", textContent: named(request.session) }),
      request.forced ? part("forced", request.forced) : null,
    ),
  );
  if (request.serial === open) row.firstChild.ariaCurrent = "true";
  if (before && hasFocus(before)) queueMicrotask(() => row.firstChild.focus());
  return row;
}

// Begin the list anew: another session, another search.
export async function restart() {
  latest = 0;
  $("request-list").replaceChildren();
  $("request-older").hidden = true;
  await poll();
}

async function older() {
  const last = $("request-list").lastElementChild;
  if (!last) return;
  const found = await call("GET", `requests/overview${asked({ before: last.dataset.serial })}`);
  $("request-list").append(...found.requests.map((each) => line(each)));
  $("request-older").hidden = !found.more;
  count(found);
  $("request-list").querySelector(`[data-serial="${found.requests[0]?.serial}"] a`)?.focus();
}

// --------------------------------------------------------------------------------------------------- one of them

export async function show(serial) {
  open = serial === undefined ? null : Number(serial);
  for (const each of $("request-list").querySelectorAll("a")) {
    each.ariaCurrent = Number(each.parentElement.dataset.serial) === open ? "true" : null;
  }
  $("requests").classList.toggle("opened", open !== null);
  if (open === null) return;
  const request = await call("GET", `requests/${open}`);
  const at = open;
  const parts = await detail(request);
  if (at !== open) return;
  $("request-detail").replaceChildren(...parts);
  $("request-title").focus({ preventScroll: matchMedia("(min-width: 901px)").matches });
}

export function close() {
  open = null;
  $("request-detail").replaceChildren();
}

async function detail(request) {
  const about = [request.status ?? "not answered yet", took(request.seconds), request.time.replace("T", " ").replace("Z", " UTC"), `session ${named(request.session)}`];
  const docs = request.api && link(`docs/${encodeURIComponent(request.api)}${query({ session: request.session })}`, `${request.operation ?? "no operation"} of ${request.api}`);
  const bodyFaults = new Map(request.faults.filter((each) => each.place === "body").map((each) => [each.pointer, each.message]));
  const again = async (outcome) => {
    await poll();
    say(outcome);
    const newest = $("request-list").firstElementChild?.dataset.serial;
    if (newest) location.hash = `#/requests/${newest}`;
  };
  return [
    link("#/requests", "Back to the list", { className: "back" }),
    el("h2", { id: "request-title", tabIndex: -1, textContent: `${request.method} ${request.target}` }),
    el("p", { className: "quiet" }, about.filter(Boolean).join(", "), docs ? [", ", docs] : null),
    request.forced ? el("p", { className: "forced", textContent: `The mock changed the reply on purpose: ${request.forced}` }) : null,
    answerer(request),
    await actions(request, again),
    breaches(request),
    await refusal(request),
    await otherwise(request, async () => {}),
    ...message("Request", request.request, bodyFaults, parameters(request)),
    ...message("Reply", request.reply, new Map(), null),
  ].filter(Boolean);
}

// Who answered it, where that is not the mock.
function answerer(request) {
  const who = { upstream: "The real server answered (--upstream).", recording: "A recording answered (--replay)." }[request.answered_by];
  return who ? el("p", { className: "quiet", textContent: who }) : null;
}

// What of an exchange with a real server does not fit the contract.
function breaches(request) {
  if (!request.breaches.length) return null;
  return el(
    "section",
    { className: "refusal", ariaLabel: "What does not fit the contract" },
    el("h3", { textContent: "What does not fit the contract" }),
    el("ul", {}, request.breaches.map((each) => el("li", { textContent: each }))),
  );
}

// Why the mock refused it: each fault with the schema that refused it, and the clauses that speak of it.
async function refusal(request) {
  if (request.reason === null) return null;
  const faults = await Promise.all(
    request.faults.map(async (fault) => {
      const schema = fault.rule && request.api ? await lookUp(request.api, fault.rule.replace(/\/[^/]+$/, "")) : null;
      return el(
        "li",
        {},
        el("code", { textContent: fault.name }),
        ` in the ${fault.place} ${fault.message}`,
        fault.rule ? el("details", {}, el("summary", {}, "by ", el("code", { textContent: fault.rule })), schema ? json(schema) : null) : null,
      );
    }),
  );
  const clauses = request.clauses.map((each) => el("li", {}, el("code", { textContent: each.id }), ` ${each.statement} `, el("span", { className: "quiet", textContent: each.source })));
  return el(
    "section",
    { className: "refusal", ariaLabel: "Why it was refused" },
    el("h3", { textContent: "Why it was refused" }),
    faults.length ? el("ul", {}, faults) : el("p", { textContent: request.reason }),
    clauses.length ? el("details", {}, el("summary", { textContent: `What the contract says of it (${clauses.length})` }), el("ul", {}, clauses)) : null,
  );
}

function parameters(request) {
  const wrong = new Map(request.faults.filter((each) => each.place !== "body").map((each) => [each.name, each]));
  const sent = [...new URLSearchParams(request.target.split("?")[1] ?? "")];
  const rows = sent.map(([name, value]) => [name, value, wrong.get(name)?.message]);
  for (const [name, fault] of wrong) if (!sent.some((each) => each[0] === name)) rows.push([`${name} (${fault.place})`, "", fault.message]);
  if (!rows.length) return null;
  const row = ([name, value, fault]) =>
    el("li", {}, el("code", { textContent: name }), " ", fault ? [el("mark", { textContent: value }), el("span", { className: "fault", textContent: ` \u2190 ${fault}` })] : value);
  return el("ul", { className: "parameters" }, rows.map(row));
}

function message(title, { headers, body, truncated }, faults, more) {
  const lines = Object.entries(headers).map(([name, value]) => el("li", {}, el("code", { textContent: name }), ` ${value}`));
  return [
    el("h3", { textContent: title }),
    more,
    lines.length ? el("details", { open: title === "Request" && body === null }, el("summary", { textContent: `Headers (${lines.length})` }), el("ul", { className: "headers" }, lines)) : null,
    body === null && !faults.size ? null : typeof body === "string" ? el("pre", { tabIndex: 0, textContent: body }) : json(body ?? {}, faults),
    truncated ? el("p", { className: "quiet", textContent: "The body is longer; the journal has its beginning." }) : null,
  ];
}

// ------------------------------------------------------------------------------------------------------- controls

let typing;
$("request-search").addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(() => act("", restart), 150);
});
$("request-form").addEventListener("submit", (event) => event.preventDefault());
on("request-everywhere", "change", "", restart);
on("request-older", "click", "", older);
$("request-clear").addEventListener("click", () =>
  lose(`Forget the requests of the session ${named(chosen.session)}? They cannot be brought back.`, "Forget them", "The journal is empty.", async () => {
    await call("DELETE", "requests");
    if (open !== null) location.hash = "#/requests";
    await restart();
  }),
);
$("request-list").addEventListener("keydown", (event) => {
  const row = document.activeElement.closest("li");
  const next = { ArrowDown: row?.nextElementSibling, ArrowUp: row?.previousElementSibling }[event.key];
  if (!next) return;
  event.preventDefault();
  next.firstChild.focus();
});

export const following = () => $("request-follow").checked;
