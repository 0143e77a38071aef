// Sessions: their addresses and tokens, and how their records differ from the seed or from each other.

import { $, act, copyButton, difference, el, hasFocus, link, lose, on, plain } from "./elements.js";
import { address, apis, call, chosen, fixed, query, step } from "./mock.js";
import { listResources, recordLink } from "./records.js";

const LISTED = 50; // changes of one resource that are listed

export const named = (name) => name || "default";

let enter; // opens another session
export const opensWith = (open) => (enter = open);

// ------------------------------------------------------------------------------------------------------- sessions

export async function choices() {
  const { sessions } = await call("GET", "sessions");
  const names = [...new Set(["", chosen.session, ...sessions.map((each) => each.name)])];
  for (const [id, first, value] of [["session", null, chosen.session], ["compare-with", "the seed", $("compare-with").value]]) {
    const listed = first === null ? names : names.filter((each) => each !== chosen.session);
    const wanted = listed.map((name) => (first === null ? name : `s:${name}`));
    const all = first === null ? wanted : ["", ...wanted];
    if (hasFocus($(id))) continue;
    if (JSON.stringify(all) !== JSON.stringify([...$(id).options].map((option) => option.value))) {
      const options = listed.map((name, place) => el("option", { value: wanted[place], textContent: first === null ? named(name) : `the session ${named(name)}` }));
      $(id).replaceChildren(...(first === null ? [] : [el("option", { value: "", textContent: first })]), ...options);
    }
    $(id).value = value;
  }
  $("session").disabled = $("session-new").disabled = fixed !== undefined;
  return sessions;
}

export async function show() {
  const sessions = await choices();
  await drawAddresses();
  if (hasFocus($("session-rows"))) return;
  $("session-rows").replaceChildren(
    ...sessions.map((each) =>
      el(
        "tr",
        {},
        el("td", {}, fixed === undefined ? plain(named(each.name), `Open the session ${named(each.name)}`, () => act("", () => enter(each.name))) : named(each.name)),
        el("td", { textContent: each.scenario || "the plain seed" }),
        el("td", { textContent: each.requests }),
        el("td", { textContent: each.idle === null ? "" : `${Math.round(each.idle)} s ago` }),
        el(
          "td",
          {},
          each.name === chosen.session ? null : link(`#/changes${query({ against: `s:${each.name}` })}`, "compare", { ariaLabel: `Compare with the session ${named(each.name)}` }),
          " ",
          each.name ? plain("delete", `Delete the session ${each.name}`, () => drop(each.name)) : null,
        ),
      ),
    ),
  );
}

function drop(name) {
  lose(`Delete the session ${name} with its records, requests and snapshots?`, "Delete it", `The session ${name} was deleted.`, async () => {
    // Whatever is asked for in a session makes it again, so that the page leaves it first.
    if (name === chosen.session && fixed === undefined) await enter("");
    await call("DELETE", `sessions/${step(name)}`);
    $("sessions-title").focus({ preventScroll: true });
    await show();
  });
}

async function drawAddresses() {
  if (hasFocus($("addresses"))) return;
  const served = await apis();
  $("addresses-title").textContent = `Addresses of the session ${named(chosen.session)}`;
  $("addresses").replaceChildren(...served.map(card));
  const { reports } = await call("GET", "reports");
  const links = reports.map((name) => link(`reports/${step(name)}`, name));
  $("reports").replaceChildren(...(links.length ? ["Reports of the kit: ", ...links.flatMap((each) => [each, " "])] : []));
}

function card(api) {
  const at = address(api);
  const session = fixed === undefined ? chosen.session : "";
  return el(
    "section",
    { className: "card", ariaLabel: api.title },
    el("h4", { textContent: api.title }),
    el("p", {}, el("code", { textContent: at }), " ", copyButton(at, `the address of ${api.title}`)),
    el("ul", { className: "list" }, api.tokens.map((each) => token(at, each))),
    el("p", {}, link(`docs/${step(api.name)}${query({ session })}`, "try it"), `, ${api.operations} operations, `, link(api.document, "document")),
  );
}

function token(at, { role, token, credential }) {
  const header = credential.in === "query" ? `${credential.name}=${credential.value}` : credential.in === "cookie" ? `Cookie: ${credential.name}=${credential.value}` : `${credential.name}: ${credential.value}`;
  const curl = credential.in === "query" ? `curl '${at}/?${header}'` : `curl -H '${header}' ${at}/`;
  return el("li", {}, el("span", {}, el("code", { textContent: token }), ` ${role}`), copyButton(header, `the header with ${token}`), plain("copy curl", `Copy a curl line with ${token}`, () => act("Copied a curl line.", () => navigator.clipboard.writeText(curl))));
}

on("session", "change", "", () => enter($("session").value));
on("session-form", "submit", "", async () => {
  const name = $("session-new").value;
  $("session-new").value = "";
  await enter(name);
});

// -------------------------------------------------------------------------------------------------------- changes

let comparing = 0;

// The default session has the empty name, which a query has to spell out.
const comparison = (start, against) => `?start=${start}${against ? `&against=${step(against.slice(2))}` : ""}`;

// What differs from the seed, or from the session `s:NAME`, one resource after the other.
export async function compare(search) {
  const number = ++comparing;
  await choices();
  const against = search.get("against") ?? "";
  $("compare-with").value = against;
  const list = $("changes-list");
  list.replaceChildren();
  let found = 0;
  for (const each of await listResources()) {
    const changes = [];
    let start = 0;
    while (start !== null) {
      $("changes-count").textContent = `Comparing ${each.api} ${each.resource.replaceAll("_", " ")}\u2026`;
      const reply = await call("GET", `changes/${step(each.api)}/${step(each.resource)}${comparison(start, against)}`);
      if (number !== comparing) return;
      changes.push(...reply.changes);
      if (start && reply.next !== null) $("changes-count").textContent = `Comparing ${each.resource}: ${reply.next} of ${reply.total}`;
      start = reply.next;
    }
    found += changes.length;
    if (changes.length) list.append(group(each, changes));
  }
  $("changes-count").textContent = found ? `${found} ${found === 1 ? "record differs" : "records differ"}.` : "No record differs.";
}

const WORDS = { made: "new", changed: "changed", removed: "removed" };

function group({ api, resource }, changes) {
  const rows = changes.slice(0, LISTED).map(({ id, kind, record, before }) =>
    el(
      "li",
      {},
      el("span", { className: `kind ${kind}`, textContent: WORDS[kind] }),
      " ",
      kind === "removed" ? el("code", { textContent: id }) : link(recordLink(api, resource, id), id),
      kind === "changed" ? difference(before, record) : null,
    ),
  );
  if (changes.length > LISTED) rows.push(el("li", { className: "quiet", textContent: `and ${changes.length - LISTED} more` }));
  return el("section", { className: "card", ariaLabel: `${api} ${resource}` }, el("h3", { textContent: `${api}: ${resource.replaceAll("_", " ")} (${changes.length})` }), el("ul", { className: "changes" }, rows));
}

on("compare-with", "change", "", () => {
  location.hash = `#/changes${query({ against: $("compare-with").value })}`;
});
$("compare-again").addEventListener("click", () => act("", () => compare(new URLSearchParams(location.hash.split("?")[1] ?? ""))));
