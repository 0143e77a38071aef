// Studies of Participant Kit: pages, a form with its validation errors, and every way in which a service can fail.

import { Api, Refused } from "./api.js";

const SIZE = 10;
const SOON = 150; // milliseconds after which the page shows that something is happening

const $ = (id) => document.getElementById(id);
const settings = new URLSearchParams(location.search);
const api = new Api(settings.get("api") ?? "/api", settings.get("token") ?? "mock-token", settings.get("session"));
let page = 1;
let again = () => {};

// Runs one action: shows when it is slow, and shows errors where they belong.
async function doing(text, work) {
  again = () => doing(text, work);
  $("problem").hidden = true;
  $("token-form").hidden = true;
  $("status").textContent = "";
  const soon = setTimeout(() => {
    $("status").textContent ||= `${text}…`; // unless it already says what it waits for
    $("app").setAttribute("aria-busy", "true");
  }, SOON);
  try {
    await work();
    $("status").textContent = $("status").dataset.done ?? "";
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    $("status").textContent = "";
    show(error);
  } finally {
    clearTimeout(soon);
    delete $("status").dataset.done;
    $("app").removeAttribute("aria-busy");
  }
}

function show(error) {
  if (error.kind === "token") {
    $("token-form").hidden = false;
    $("token").focus();
    return;
  }
  if (error.kind === "faults" && showFaults(error.faults)) return;
  const texts = { busy: "The service is busy.", missing: "That study is gone." };
  $("problem-text").textContent = texts[error.kind] ?? error.message;
  $("problem").hidden = false;
}

function showFaults(faults) {
  const known = Object.keys(faults).filter((name) => $(`${name}-fault`));
  for (const name of known) {
    $(name).setAttribute("aria-invalid", "true");
    $(`${name}-fault`).textContent = faults[name];
  }
  $("create").querySelector("[aria-invalid]")?.focus();
  return known.length > 0;
}

function clearFaults() {
  for (const field of $("create").querySelectorAll("[aria-invalid]")) {
    field.removeAttribute("aria-invalid");
    $(`${field.id}-fault`).textContent = "";
  }
}

const busy = (seconds) => {
  $("status").textContent = `Too many requests: trying again in ${seconds} s…`;
};

async function load() {
  const { data } = await api.call("GET", `/v1/studies?limit=${SIZE}&page=${page}`, undefined, busy);
  const more = data.length === SIZE && (await following());
  $("studies").replaceChildren(...data.map(row));
  $("none").hidden = data.length > 0;
  $("page").textContent = `Page ${page}`;
  $("previous").disabled = page === 1;
  $("next").disabled = !more;
}

// A list does not include the number of pages, so the page looks ahead.
async function following() {
  const { data } = await api.call("GET", `/v1/studies?limit=${SIZE}&page=${page + 1}`, undefined, busy);
  return data.length > 0;
}

function row(study) {
  const line = document.createElement("tr");
  const name = document.createElement("td");
  const made = document.createElement("td");
  const actions = document.createElement("td");
  const remove = document.createElement("button");
  name.textContent = study.name;
  made.textContent = study.created_at.slice(0, 10);
  remove.textContent = "Delete";
  remove.setAttribute("aria-label", `Delete ${study.name}`);
  remove.addEventListener("click", () =>
    doing("Deleting", async () => {
      try {
        await api.call("DELETE", `/v1/studies/${study.id}`, undefined, busy);
      } finally {
        await load();
      }
    }),
  );
  actions.append(remove);
  line.append(name, made, actions);
  return line;
}

async function projects() {
  const { data } = await api.call("GET", "/v1/projects?limit=100", undefined, busy);
  $("project_id").append(...data.map((project) => new Option(project.id, project.id)));
}

$("previous").addEventListener("click", () => {
  page -= 1;
  doing("Loading", load);
});
$("next").addEventListener("click", () => {
  page += 1;
  doing("Loading", load);
});
$("retry").addEventListener("click", () => again());
$("token-form").addEventListener("submit", (event) => {
  event.preventDefault();
  api.token = $("token").value;
  again();
});
$("create").addEventListener("submit", (event) => {
  event.preventDefault();
  doing("Creating", async () => {
    clearFaults();
    const body = { name: $("name").value };
    if ($("project_id").value) body.project_id = $("project_id").value;
    const made = await api.call("POST", "/v1/studies", body, busy);
    $("create").reset();
    $("status").dataset.done = `Created ${made.name}.`;
    await load();
  });
});

doing("Loading", async () => {
  await load();
  if ($("project_id").length === 1) await projects();
});
