// The records: a page of a resource, searched and filtered, and one of them beside the list.

import { $, act, button, difference, el, hasFocus, json, link, lose, on, say, text } from "./elements.js";
import { recordForm, showFaults } from "./form.js";
import { call, describe, query, step } from "./mock.js";

const PAGE = 100;
const COLUMNS = 8; // properties in the table; all of them are in the record

let resources = [];
let at = { api: "", resource: "", text: "", where: "", offset: 0 };
let asked = 0; // numbers what is asked for, so that an older answer is not shown after a newer one

export const recordLink = (api, resource, id) => `#/records/${step(api)}/${step(resource)}/${step(id)}`;
const place = () => `${step(at.api)}/${step(at.resource)}`;
const current = () => resources.find((each) => each.api === at.api && each.resource === at.resource);

export async function listResources() {
  resources = (await call("GET", "resources")).resources;
  return resources;
}

// ---------------------------------------------------------------------------------------------------------- list

// Show what an address names: API, resource, id, and what is searched for.
export async function show([api, resource, id], search) {
  await listResources();
  const first = resources.find((each) => each.count) ?? resources[0];
  if (!first) {
    $("records-count").textContent = "Nothing that is served here has records.";
    return;
  }
  at = {
    api: api ?? first.api,
    resource: resource ?? first.resource,
    text: search.get("text") ?? "",
    where: search.get("where") ?? "",
    offset: Number(search.get("offset") ?? 0),
  };
  drawResources();
  await drawProperties();
  if (!hasFocus($("records-text"))) $("records-text").value = at.text;
  $("records").classList.toggle("opened", id !== undefined);
  $("record-new").href = `#/records/${place()}/`;
  await Promise.all([list(), id === undefined ? $("record-detail").replaceChildren() : open(id)]);
}

function drawResources() {
  const names = resources.map((each) => `${each.api}/${each.resource}`);
  const several = new Set(resources.map((each) => each.api)).size > 1;
  const options = resources.map((each, number) =>
    el("option", { value: names[number], textContent: `${several ? `${each.api}: ` : ""}${each.resource.replaceAll("_", " ")} (${each.count})` }),
  );
  if (!hasFocus($("resource"))) $("resource").replaceChildren(...options);
  $("resource").value = `${at.api}/${at.resource}`;
}

async function drawProperties() {
  const { schema } = await describe(at.api, at.resource);
  const [name, ...value] = at.where.split(":");
  const names = Object.keys(schema.properties ?? {});
  const select = $("records-property");
  const before = select.dataset.of === place() ? select.value : ""; // chosen already, without a value so far
  select.dataset.of = place();
  select.replaceChildren(el("option", { value: "", textContent: "any property" }), ...names.map((each) => el("option", { value: each, textContent: each })));
  if (name && !names.includes(name)) select.append(el("option", { value: name, textContent: name }));
  select.value = name || before;
  if (!hasFocus($("records-value"))) $("records-value").value = value.join(":");
}

// Whether records have to be looked through; a value of an indexed property is found at once.
const searching = () => at.text !== "" || (at.where !== "" && !current().lookups.includes(at.where.split(":")[0]));

// Ask for a page; a search goes on until a page is full or everything was looked through.
async function list() {
  const number = ++asked;
  const resource = current();
  if (!resource) return;
  $("records-none").hidden = true;
  if (!searching()) {
    const { records, count } = await call("GET", `resources/${place()}${query({ limit: PAGE, offset: at.offset, where: at.where || undefined })}`);
    if (number !== asked) return;
    await draw(records);
    $("records-count").textContent = count ? `${at.offset + 1} to ${at.offset + records.length} of ${count}` : "none";
    pageButtons(at.offset > 0, at.offset + records.length < count);
    return;
  }
  let found = [];
  let start = at.offset;
  pageButtons(at.offset > 0, false);
  while (start !== null && found.length < PAGE) {
    const reply = await call("GET", `search/${place()}${query({ text: at.text, where: at.where || undefined, start, limit: PAGE - found.length })}`);
    if (number !== asked) return;
    found = [...found, ...reply.records];
    start = reply.next;
    $("records-count").textContent = `${found.length} found; looked through ${start ?? reply.count} of ${reply.count}`;
    if (reply.records.length || start === null) await draw(found);
  }
  next = start;
  pageButtons(at.offset > 0, start !== null);
}

let next = null; // where a search goes on

function pageButtons(previous, following) {
  $("records-previous").disabled = !previous;
  $("records-next").disabled = !following;
}

async function draw(records) {
  const { references } = await describe(at.api, at.resource);
  const { id } = current();
  const columns = [id, ...new Set(records.flatMap(Object.keys).filter((name) => name !== id))].slice(0, COLUMNS);
  $("record-head").replaceChildren(el("tr", {}, columns.map((name) => el("th", { scope: "col", textContent: name }))));
  $("record-rows").replaceChildren(
    ...records.map((record) =>
      el(
        "tr",
        {},
        columns.map((name, number) => {
          const content = text(record[name]);
          const short = content.length > 200 ? `${content.slice(0, 200)}\u2026` : content;
          if (number === 0) return el("td", {}, link(recordLink(at.api, at.resource, record[id]), short));
          const href = referred(references, name, record[name]);
          return el("td", { title: short }, href ? link(href, short) : short);
        }),
      ),
    ),
  );
  $("records-none").hidden = records.length > 0;
}

// The address of the record that a value names; null if it names none.
function referred(references, name, value) {
  if (!references[name] || (typeof value !== "string" && typeof value !== "number")) return null;
  return recordLink(at.api, references[name][0], value);
}

// After something was written: the list as it is now, unless somebody is in it.
export async function refresh() {
  if (hasFocus($("record-rows")) || hasFocus($("record-detail")) || at.text || $("records").classList.contains("opened")) return;
  await listResources();
  drawResources();
  await list();
}

function go(more) {
  const to = { ...at, offset: 0, ...more };
  location.hash = `#/records/${step(to.api)}/${step(to.resource)}${query({ text: to.text, where: to.where, offset: to.offset || undefined })}`;
}

// --------------------------------------------------------------------------------------------------- one of them

async function open(id) {
  const { api, resource } = at;
  const described = await describe(api, resource);
  const isNew = id === "";
  const path = `resources/${place()}`;
  const whole = isNew ? { record: {}, shown: null } : await call("GET", `${path}/${step(id)}`);
  const seeded = isNew ? null : await call("GET", `seed/${place()}/${step(id)}`).catch(() => null);
  const record = isNew ? empty(described) : whole.record;
  let edited = record;
  const error = el("p", { className: "bad", role: "alert" });
  const save = button("Save", null, { className: "primary", type: "submit" });
  const form = el(
    "form",
    { ariaLabel: isNew ? "The new record" : "The record" },
    recordForm(described, record, isNew, (present) => {
      edited = present;
      save.disabled = present === null;
    }),
    error,
    el(
      "div",
      { className: "row" },
      save,
      isNew ? null : button("Delete", () => remove(id, whole.record)),
      link(`#/records/${place()}`, "Close"),
    ),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const { record: saved } = await (isNew ? call("POST", path, edited) : call("PUT", `${path}/${step(id)}`, edited));
      const name = saved[described.id];
      const target = recordLink(api, resource, name);
      const again = () => (location.hash === target ? open(String(name)) : ((location.hash = target), null));
      say(isNew ? "The record was created." : "The record was saved.", {
        undo: async () => {
          await (isNew ? call("DELETE", `${path}/${step(name)}`) : call("PUT", `${path}/${step(id)}`, record));
          if (isNew) location.hash = `#/records/${step(api)}/${step(resource)}`;
          else await open(id);
          await list();
        },
      });
      await again();
      await list();
    } catch (failed) {
      error.textContent = showFaults(form, failed);
    }
  });
  $("record-detail").replaceChildren(
    ...[
      link(`#/records/${place()}`, "Back to the list", { className: "back" }),
      el("h2", { id: "record-title", tabIndex: -1, textContent: isNew ? `New ${resource.replaceAll("_", " ")}` : `${resource.replaceAll("_", " ")} ${id}` }),
      isNew ? null : relations(described, record),
      isNew ? null : since(seeded?.record, record),
      form,
      isNew ? null : el("details", {}, el("summary", { textContent: "As the API shows it" }), json(whole.shown, new Map(), (name, value) => referred(described.references, name, value))),
    ].filter(Boolean),
  );
  $("record-title").focus({ preventScroll: matchMedia("(min-width: 901px)").matches });
}

// What a new record begins with: the members that the schema requires.
const empty = ({ schema }) => Object.fromEntries((schema.required ?? []).map((name) => [name, schema.properties?.[name]?.enum?.[0] ?? null]));

function relations({ references }, record) {
  const links = Object.keys(references)
    .flatMap((name) => [record[name]].flat().map((value) => [name, value, referred(references, name, value)]))
    .filter(([, , href]) => href);
  if (!links.length) return null;
  return el("ul", { className: "relations", ariaLabel: "What it refers to" }, links.map(([name, value, href]) => el("li", {}, `${name} `, link(href, String(value)))));
}

function since(seeded, record) {
  if (!seeded) return el("p", { className: "quiet", textContent: "Made after the seed." });
  if (JSON.stringify(seeded) === JSON.stringify(record)) return el("p", { className: "quiet", textContent: "As in the seed." });
  return el("section", { className: "card", ariaLabel: "Changed since the seed" }, el("h3", { textContent: "Changed since the seed" }), difference(seeded, record));
}

function remove(id, record) {
  const { api, resource } = at;
  const path = `resources/${step(api)}/${step(resource)}/${step(id)}`;
  lose(`Delete ${resource.replaceAll("_", " ")} ${id}, and the records that depend on it?`, "Delete", "The record was deleted.", async () => {
    await call("DELETE", path);
    location.hash = `#/records/${step(api)}/${step(resource)}`;
    return async () => {
      await call("PUT", path, record);
      location.hash = recordLink(api, resource, id);
    };
  });
}

// ------------------------------------------------------------------------------------------------------- controls

let typing;
for (const id of ["records-text", "records-value"]) {
  $(id).addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(search, 250);
  });
}
function search() {
  const property = $("records-property").value;
  const value = $("records-value").value;
  go({ text: $("records-text").value.trim(), where: property && value !== "" ? `${property}:${value}` : "" });
}
$("records-property").addEventListener("change", () => {
  $("records-value").value = ""; // that of the other property says nothing of this one
  search();
});
$("records-form").addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(typing);
  search();
});
on("resource", "change", "", () => {
  const [api, ...resource] = $("resource").value.split("/");
  go({ api, resource: resource.join("/"), text: "", where: "" });
});
// A page of a search begins where the one before it ended, so that only the browser knows where the previous one began.
on("records-previous", "click", "", () => (searching() ? history.back() : go({ offset: Math.max(0, at.offset - PAGE) })));
on("records-next", "click", "", () => go({ offset: searching() ? next : at.offset + PAGE }));
on("jump-form", "submit", "", () => {
  const id = $("jump").value.trim();
  $("jump").value = "";
  location.hash = recordLink(at.api, at.resource, id);
});
