// The dashboard: calls of the control operations. Data from the mock is inserted as text, never as markup.

const POLL = 1000; // milliseconds between two polls of the journal
const SHOWN = 200; // requests in the log
const PAGE = 20; // records on a page

const $ = (id) => document.getElementById(id);
const params = new URLSearchParams(location.search);
const prefix = location.pathname.match(/^(.*)\/_mock\//)?.[1] ?? "";
const fixed = prefix.match(/\/_session\/([^/]+)$/)?.[1];

let session = fixed ?? params.get("session") ?? "";
let scenarios = [];
let resources = [];
let offset = 0;
let editing = null;
let seen = 0;
let stale = false; // whether something has been written since the records were read

// ------------------------------------------------------------------------------------------ elements and calls

function el(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name in made) made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

async function call(method, path, body) {
  const headers = {};
  if (session && !fixed) headers["X-Mock-Session"] = session;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const reply = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  const value = reply.headers.get("Content-Type")?.includes("json") ? await reply.json() : null;
  if (!reply.ok) throw new Error(value?.error?.message ?? `${method} ${path}: ${reply.status}`);
  return value;
}

function showMessage(text, failed = false) {
  $("message").textContent = text;
  $("message").classList.toggle("failed", failed);
}

// Run a user's action, and show its result or its error in the message line.
async function act(done, work) {
  try {
    await work();
    showMessage(done);
  } catch (error) {
    showMessage(error.message, true);
  }
}

const on = (id, event, done, work) =>
  $(id).addEventListener(event, (domEvent) => {
    domEvent.preventDefault();
    act(done, () => work(domEvent));
  });

// Elements that have the focus are not redrawn.
const hasFocus = (id) => $(id).contains(document.activeElement);

const number = (id) => ($(id).value === "" ? undefined : Number($(id).value));

// ------------------------------------------------------------------------------------------------------- APIs

async function showApis() {
  const { version } = await call("GET", "health");
  $("version").textContent = version;
  const { apis } = await call("GET", "apis");
  $("api-rows").replaceChildren(
    ...apis.map((api) => {
      const address = `${location.origin}${prefix}${api.path === "/" ? "" : api.path}`;
      return el(
        "tr",
        {},
        el("td", {}, el("strong", { textContent: api.title }), el("br"), `${api.operations} operations`),
        el("td", {}, el("code", { textContent: address }), " ", copyButton(address, `the address of ${api.title}`)),
        el("td", {}, ...api.tokens.map((each) => token(api, each))),
        el(
          "td",
          {},
          el("a", { href: api.docs + (session && !fixed ? `?session=${session}` : ""), textContent: "try it" }),
          " ",
          el("a", { href: api.document, textContent: "document" }),
        ),
      );
    }),
  );
  const { reports } = await call("GET", "reports");
  const links = reports.map((name) => el("a", { href: `reports/${encodeURIComponent(name)}`, textContent: name }));
  $("reports").replaceChildren(...(links.length ? ["Conformance reports: ", ...links.flatMap((link) => [link, " "])] : []));
}

function token(api, { role, token }) {
  const header = `Authorization: ${api.scheme} ${token}`;
  return el(
    "div",
    {},
    el("code", { textContent: token }),
    ` ${role} `,
    copyButton(header, `the header with ${token}`),
  );
}

function copyButton(text, what) {
  return el("button", {
    type: "button",
    className: "plain",
    textContent: "copy",
    ariaLabel: `Copy ${what}`,
    onclick: () => act(`Copied: ${text}`, () => navigator.clipboard.writeText(text)),
  });
}

// ------------------------------------------------------------------------------------------------------ state

async function showState() {
  const listed = await call("GET", "scenarios");
  scenarios = listed.scenarios;
  const names = [...new Set(scenarios.map((each) => each.name))];
  $("scenario").replaceChildren(
    el("option", { value: "", textContent: "the plain seed" }),
    ...names.map((name) => el("option", { value: name, textContent: name })),
  );
  $("scenario").value = listed.playing;
  showScenarioDescription();

  const { snapshots } = await call("GET", "snapshots");
  $("snapshots").replaceChildren(...snapshots.map(snapshotRow));

  await showClock();
}

async function showClock() {
  const clock = await call("GET", "clock");
  $("clock").textContent = `${clock.now.replace("T", " ").slice(0, 19)} UTC${clock.frozen ? ", frozen" : ""}`;
}

function showScenarioDescription() {
  const chosen = scenarios.filter((each) => each.name === $("scenario").value);
  $("scenario-about").textContent = chosen.length
    ? [...new Set(chosen.map((each) => each.about.trim()))].join(" ")
    : "The records that every session starts with by default.";
}

function snapshotRow(name) {
  const at = `snapshots/${encodeURIComponent(name)}`;
  const button = (text, done, work) =>
    el("button", {
      type: "button",
      className: "plain",
      textContent: text,
      ariaLabel: `${text} ${name}`,
      onclick: () => act(done, work),
    });
  return el(
    "li",
    {},
    el("span", { textContent: name }),
    button("restore", `Snapshot ${name} restored.`, async () => {
      await call("POST", `${at}/restore`);
      await refresh();
    }),
    button("download", `Snapshot ${name} downloaded.`, async () => download(`${name}.json`, await call("GET", at))),
    button("delete", `Snapshot ${name} deleted.`, async () => {
      await call("DELETE", at);
      await showState();
    }),
  );
}

function download(name, value) {
  const address = URL.createObjectURL(new Blob([JSON.stringify(value)], { type: "application/json" }));
  el("a", { href: address, download: name }).click();
  URL.revokeObjectURL(address);
}

on("reset-form", "submit", "The session was reset.", async () => {
  await call("POST", "reset");
  clearLog();
  await refresh();
});

$("scenario").addEventListener("change", showScenarioDescription);
on("scenario-form", "submit", "The session was restarted in the scenario.", async () => {
  await call("PUT", "scenario", { name: $("scenario").value });
  clearLog();
  await refresh();
});

on("snapshot-form", "submit", "Snapshot saved.", async () => {
  await call("PUT", `snapshots/${encodeURIComponent($("snapshot").value)}`);
  $("snapshot").value = "";
  await showState();
});

on("snapshot-file", "change", "Snapshot uploaded; it can be restored now.", async () => {
  const [file] = $("snapshot-file").files;
  if (!file) return;
  const name = file.name.replace(/\.json$/, "");
  await call("PUT", `snapshots/${encodeURIComponent(name)}`, JSON.parse(await file.text()));
  $("snapshot-file").value = "";
  await showState();
});

on("clock-freeze", "click", "The clock is frozen.", () => call("POST", "clock/freeze").then(showState));
on("clock-resume", "click", "The clock follows the machine's time.", () => call("POST", "clock/resume").then(showState));
for (const button of document.querySelectorAll("[data-seconds]")) {
  button.addEventListener("click", () =>
    act("The clock was moved forward.", () =>
      call("POST", "clock/advance", { seconds: Number(button.dataset.seconds) }).then(showState),
    ),
  );
}

// ---------------------------------------------------------------------------------------------------- replies

async function showReplies() {
  const network = await call("GET", "network");
  $("latency").value = network.latency;
  $("jitter").value = network.jitter;
  $("failures").value = Math.round(network.failure_rate * 100);
  $("failure-status").value = network.failure_status;
  $("prefer").value = (await call("GET", "preferences")).prefer;
  await showForced();
}

async function showForced() {
  const { replies } = await call("GET", "replies");
  $("forced").replaceChildren(
    ...replies.map((reply) => {
      const match = Object.values(reply.match).join(" ") || "any request";
      const left = reply.left === null ? "no limit" : `${reply.left} left`;
      const text = `${match}: ${reply.effect} (${left})`;
      return el(
        "li",
        {},
        el("span", { textContent: text }),
        el("button", {
          type: "button",
          className: "plain",
          textContent: "remove",
          ariaLabel: `Remove ${text}`,
          onclick: () => act("Forced reply removed.", () => call("DELETE", `replies/${reply.id}`).then(showForced)),
        }),
      );
    }),
  );
}

on("network-form", "submit", "Network conditions applied.", async () => {
  await call("PUT", "network", {
    latency: number("latency") ?? 0,
    jitter: number("jitter") ?? 0,
    failure_rate: (number("failures") ?? 0) / 100,
    failure_status: number("failure-status") ?? 503,
  });
  await showReplies();
});
on("network-off", "click", "Network conditions removed.", () => call("DELETE", "network").then(showReplies));

on("preferences-form", "submit", "The Prefer header now applies to every request.", async () => {
  await call("PUT", "preferences", { prefer: $("prefer").value });
  await showReplies();
});
on("preferences-off", "click", "Prefer header removed.", () => call("DELETE", "preferences").then(showReplies));

on("force-form", "submit", "The next matching replies are forced.", async () => {
  const how = $("force-how").value;
  const forced = {
    method: $("force-method").value || undefined,
    path: $("force-path").value || undefined,
    status: number("force-status"),
    delay: number("force-delay"),
    times: number("force-times") ?? 1,
    drop: how === "before" || how === "after" ? how : undefined,
    malformed: how === "malformed" ? true : undefined,
  };
  await call("POST", "replies", forced);
  await showForced();
});

// --------------------------------------------------------------------------------------------------- requests

async function pollLog() {
  if (!$("log-live").checked || document.hidden) return;
  const polled = session;
  const { requests, total } = await call("GET", `requests?since=${seen}&limit=${SHOWN}`);
  if (polled !== session) return;
  if (total < seen) {
    // The session or the mock was restarted: its requests are numbered from one again.
    seen = 0;
    stale = true;
    clearLog();
    return;
  }
  let waiting = Infinity;
  for (const request of requests) {
    const known = $("log").querySelector(`[data-id="${request.id}"]`);
    const row = logRow(request);
    if (known) known.replaceWith(row);
    else $("log").prepend(row);
    stale ||= request.method !== "GET" && request.status < 400;
    if (request.status === null) waiting = Math.min(waiting, request.id);
    else seen = Math.max(seen, request.id);
  }
  if (waiting !== Infinity) seen = waiting - 1;
  while ($("log").childElementCount > SHOWN) $("log").lastElementChild.remove();
  if (requests.length) {
    filterLog();
    if (!hasFocus("forced")) await showForced();
  }
  if (stale && !hasFocus("record-rows") && !$("editor").open) await showResources();
}

function logRow(request) {
  const query = new URLSearchParams(request.query).toString();
  const target = request.path + (query ? `?${query}` : "");
  const status = request.status ?? "…";
  const took = request.seconds === null ? "" : `${(request.seconds * 1000).toFixed(1)} ms`;
  const row = el(
    "li",
    { "data-id": request.id },
    el(
      "details",
      {},
      el(
        "summary",
        {},
        el("span", { className: "method", textContent: request.method }),
        el("span", { className: `status s${String(request.status ?? 0)[0]}`, textContent: status }),
        el("span", { textContent: target }),
        el("span", { className: "forced", textContent: request.forced ?? "" }),
        el("span", { className: "quiet", textContent: took }),
      ),
      el(
        "div",
        { className: "pair" },
        side("Request", request.request, request.operation ? `${request.operation}, ${request.time}` : request.time),
        side("Reply", request.reply, ""),
      ),
    ),
  );
  row.dataset.text = `${request.method} ${target} ${status} ${request.operation} ${request.forced}`.toLowerCase();
  return row;
}

function side(title, message, more) {
  const headers = Object.entries(message.headers).map(([name, value]) => `${name}: ${value}`);
  const body = typeof message.body === "string" ? message.body : JSON.stringify(message.body, null, 2);
  return el(
    "div",
    {},
    el("h4", { textContent: more ? `${title} (${more})` : title }),
    el("pre", { tabIndex: 0, textContent: headers.join("\n") }),
    message.body === null ? null : el("h4", { textContent: message.truncated ? "Body (truncated)" : "Body" }),
    message.body === null ? null : el("pre", { tabIndex: 0, textContent: body }),
  );
}

function filterLog() {
  const words = $("log-filter").value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const row of $("log").children) {
    row.hidden = !words.every((word) => row.dataset.text.includes(word));
    shown += row.hidden ? 0 : 1;
  }
  $("log-count").textContent = `${shown} of ${$("log").childElementCount}`;
}

function clearLog() {
  $("log").replaceChildren();
  filterLog();
}

$("log-filter").addEventListener("input", filterLog);
$("log-form").addEventListener("submit", (event) => event.preventDefault());
on("log-clear", "click", "The journal is empty.", async () => {
  await call("DELETE", "requests");
  clearLog();
});

// ---------------------------------------------------------------------------------------------------- records

const chosen = () => resources.find((each) => `${each.api}/${each.resource}` === $("resource").value);

async function showResources() {
  stale = false;
  resources = (await call("GET", "resources")).resources;
  const names = resources.map((each) => `${each.api}/${each.resource}`);
  const options = [...$("resource").options];
  const same = options.length === names.length && options.every((option, place) => option.value === names[place]);
  if (!same) {
    const before = $("resource").value;
    $("resource").replaceChildren(...names.map((name) => el("option", { value: name })));
    if (names.includes(before)) $("resource").value = before;
  }
  for (const [place, each] of resources.entries()) {
    $("resource").options[place].textContent = `${names[place]} (${each.count})`;
  }
  await showRecords();
}

async function showRecords() {
  const resource = chosen();
  if (!resource) return;
  const at = `resources/${resource.api}/${resource.resource}`;
  const { records, count } = await call("GET", `${at}?limit=${PAGE}&offset=${offset}`);
  const columns = [resource.id, ...new Set(records.flatMap(Object.keys).filter((name) => name !== resource.id))];
  $("record-head").replaceChildren(el("tr", {}, ...columns.map((name) => el("th", { textContent: name }))));
  $("record-rows").replaceChildren(
    ...records.map((record) =>
      el(
        "tr",
        {},
        ...columns.map((name, place) => {
          const text = typeof record[name] === "string" ? record[name] : (JSON.stringify(record[name]) ?? "");
          if (place > 0) return el("td", { textContent: text, title: text });
          const open = () => act("", () => edit(resource, record[resource.id]));
          return el("td", {}, el("button", { type: "button", className: "plain", textContent: text, onclick: open }));
        }),
      ),
    ),
  );
  $("records-count").textContent = count ? `${offset + 1} to ${offset + records.length} of ${count}` : "none";
  $("records-previous").disabled = offset === 0;
  $("records-next").disabled = offset + records.length >= count;
}

async function edit(resource, id) {
  editing = { resource, id };
  const at = `resources/${resource.api}/${resource.resource}`;
  const record = id === null ? {} : (await call("GET", `${at}/${encodeURIComponent(id)}`)).record;
  $("editor-title").textContent = id === null ? `New ${resource.resource}` : `${resource.resource} ${id}`;
  $("editor-json").value = JSON.stringify(record, null, 2);
  $("editor-error").textContent = "";
  $("editor-delete").hidden = id === null;
  $("editor").showModal();
  $("editor-json").setSelectionRange(0, 0);
  $("editor-json").scrollTop = 0;
}

// Errors of the editor are shown in it, because it covers the page.
async function editorAct(done, work) {
  try {
    await work();
    $("editor").close();
    showMessage(done);
    await showResources();
  } catch (error) {
    $("editor-error").textContent = error.message;
  }
}

$("editor-form").addEventListener("submit", (event) => {
  event.preventDefault();
  editorAct("Record saved.", async () => {
    const { resource, id } = editing;
    const at = `resources/${resource.api}/${resource.resource}`;
    const record = JSON.parse($("editor-json").value);
    if (id === null) await call("POST", at, record);
    else await call("PUT", `${at}/${encodeURIComponent(id)}`, record);
  });
});
$("editor-delete").addEventListener("click", () => {
  const { resource, id } = editing;
  if (!confirm(`Delete ${resource.resource} ${id} and all records that depend on it?`)) return;
  editorAct("Record deleted.", () =>
    call("DELETE", `resources/${resource.api}/${resource.resource}/${encodeURIComponent(id)}`),
  );
});
$("editor-close").addEventListener("click", () => $("editor").close());

$("records-form").addEventListener("submit", (event) => event.preventDefault());
on("resource", "change", "", () => {
  offset = 0;
  return showRecords();
});
on("records-previous", "click", "", () => {
  offset = Math.max(0, offset - PAGE);
  return showRecords();
});
on("records-next", "click", "", () => {
  offset += PAGE;
  return showRecords();
});
on("records-refresh", "click", "", showResources);
on("record-new", "click", "", () => edit(chosen(), null));

// --------------------------------------------------------------------------------------------------- sessions

const named = (name) => name || "(default)";

async function showSessions() {
  const { sessions } = await call("GET", "sessions");
  const names = sessions.map((each) => each.name);
  if (names.join() !== [...$("session").options].map((option) => option.value).join()) {
    $("session").replaceChildren(...names.map((name) => el("option", { value: name, textContent: named(name) })));
  }
  $("session").value = session;
  $("session").disabled = $("session-new").disabled = fixed !== undefined;
  $("session-rows").replaceChildren(
    ...sessions.map((each) =>
      el(
        "tr",
        {},
        el("td", { textContent: named(each.name) }),
        el("td", { textContent: each.scenario || "the plain seed" }),
        el("td", { textContent: each.requests }),
        el("td", { textContent: each.idle === null ? "" : `${Math.round(each.idle)} s ago` }),
        el("td", {}, each.name ? sessionButton(each.name) : null),
      ),
    ),
  );
}

function sessionButton(name) {
  return el("button", {
    type: "button",
    className: "plain",
    textContent: "delete",
    ariaLabel: `Delete the session ${name}`,
    onclick: () =>
      act(`Session ${name} deleted.`, async () => {
        await call("DELETE", `sessions/${encodeURIComponent(name)}`);
        if (name === session && !fixed) await enter("");
        else await showSessions();
      }),
  });
}

async function enter(name) {
  session = name;
  const address = new URL(location);
  if (name) address.searchParams.set("session", name);
  else address.searchParams.delete("session");
  history.replaceState(null, "", address);
  seen = 0;
  offset = 0;
  clearLog();
  await refresh();
  await pollLog();
}

on("session", "change", "", () => enter($("session").value));
on("session-form", "submit", "Session opened.", async () => {
  const name = $("session-new").value;
  $("session-new").value = "";
  await enter(name);
});

// ------------------------------------------------------------------------------------------------------ start

async function refresh() {
  await Promise.all([showApis(), showState(), showReplies(), showResources()]);
  await showSessions();
}

async function live() {
  try {
    await pollLog();
    if ($("message").dataset.lost) {
      delete $("message").dataset.lost;
      showMessage("The mock is available again.");
      await refresh();
    }
    if (!document.hidden && $("log-live").checked) {
      await showClock();
      if (!hasFocus("session") && !hasFocus("session-rows")) await showSessions();
    }
  } catch {
    $("message").dataset.lost = "yes";
    showMessage("The mock does not respond.", true);
  }
  setTimeout(live, POLL);
}

await act("", async () => {
  await refresh();
  await pollLog();
});
document.documentElement.dataset.ready = "yes";
setTimeout(live, POLL);
