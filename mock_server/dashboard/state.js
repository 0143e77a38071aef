// What a session is like: its scenario, snapshots and clock, and how its replies are overridden.

import { $, act, download, el, hasFocus, lose, on, plain } from "./elements.js";
import { call, chosen, step } from "./mock.js";
import { named } from "./sessions.js";

let scenarios = [];

const number = (id) => ($(id).value === "" ? undefined : Number($(id).value));
const here = () => `the session ${named(chosen.session)}`;

let changed = async () => {}; // called after the records may have become others
export const afterwards = (work) => (changed = work);

// ---------------------------------------------------------------------------------------------------------- state

export async function showState() {
  const listed = await call("GET", "scenarios");
  scenarios = listed.scenarios;
  const names = [...new Set(scenarios.map((each) => each.name))];
  $("scenario").replaceChildren(el("option", { value: "", textContent: "the plain seed" }), ...names.map((name) => el("option", { value: name, textContent: name })));
  $("scenario").value = listed.playing;
  describeScenario();
  await showSnapshots();
  await showClock();
}

async function showSnapshots() {
  const { snapshots } = await call("GET", "snapshots");
  $("snapshots").replaceChildren(...snapshots.map(snapshotRow));
}

export async function showClock() {
  const clock = await call("GET", "clock");
  $("clock").textContent = `${clock.now.replace("T", " ").slice(0, 19)} UTC${clock.frozen ? ", stopped" : ""}`;
}

function describeScenario() {
  const about = scenarios.filter((each) => each.name === $("scenario").value).map((each) => each.about.trim());
  $("scenario-about").textContent = [...new Set(about)].join(" ") || "The records that every session starts with by default.";
}

function snapshotRow(name) {
  const at = `snapshots/${step(name)}`;
  return el(
    "li",
    {},
    el("span", { textContent: name }),
    plain("restore", `Restore ${name}`, () =>
      lose(`Replace the records of ${here()} by those of the snapshot ${name}? What was changed since is lost.`, "Restore it", `The records are those of ${name}.`, async () => {
        await call("POST", `${at}/restore`);
        await changed();
      }),
    ),
    plain("download", `Download ${name}`, () => act(`${name} was downloaded.`, async () => download(`${name}.json`, await call("GET", at)))),
    plain("delete", `Delete ${name}`, () =>
      lose(`Delete the snapshot ${name}?`, "Delete it", `The snapshot ${name} was deleted.`, async () => {
        await call("DELETE", at);
        await showSnapshots();
      }),
    ),
  );
}

$("reset-form").addEventListener("submit", (event) => {
  event.preventDefault();
  lose(`Start ${here()} again? Its changes to records, its requests and forced replies are lost; snapshots are kept.`, "Start again", "The session was reset.", async () => {
    await call("POST", "reset");
    await changed();
  });
});

$("scenario").addEventListener("change", describeScenario);
$("scenario-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const name = $("scenario").value;
  lose(`Start ${here()} again in ${name || "the plain seed"}? Its changes to records, its requests and forced replies are lost; snapshots are kept.`, "Start again", "The session was started again in the scenario.", async () => {
    await call("PUT", "scenario", { name });
    await changed();
  });
});

on("snapshot-form", "submit", "The snapshot was saved.", async () => {
  await call("PUT", `snapshots/${step($("snapshot").value)}`);
  $("snapshot").value = "";
  await showSnapshots();
});

on("snapshot-file", "change", "The snapshot was uploaded; it can be restored now.", async () => {
  const [file] = $("snapshot-file").files;
  if (!file) return;
  const name = file.name.replace(/\.json$/, "");
  await call("PUT", `snapshots/${step(name)}`, JSON.parse(await file.text()));
  $("snapshot-file").value = "";
  await showSnapshots();
});

on("clock-freeze", "click", "The clock is stopped.", () => call("POST", "clock/freeze").then(showClock));
on("clock-resume", "click", "The clock goes with the time of this machine.", () => call("POST", "clock/resume").then(showClock));
for (const each of document.querySelectorAll("[data-seconds]")) {
  each.addEventListener("click", () => act("The clock was moved forward.", () => call("POST", "clock/advance", { seconds: Number(each.dataset.seconds) }).then(showClock)));
}

// -------------------------------------------------------------------------------------------------------- replies

export async function showReplies() {
  const [network, preferences] = await Promise.all([call("GET", "network"), call("GET", "preferences")]);
  fill("latency", network.latency);
  fill("jitter", network.jitter);
  fill("failures", Math.round(network.failure_rate * 100));
  fill("failure-status", network.failure_status);
  fill("prefer", preferences.prefer);
  await showForced();
}

/** Puts a value into a field, unless somebody is typing there. */
function fill(id, value) {
  if (!hasFocus($(id))) $(id).value = value;
}

export async function showForced() {
  if (hasFocus($("forced"))) return;
  const { replies } = await call("GET", "replies");
  $("forced-none").hidden = replies.length > 0;
  $("forced").replaceChildren(...replies.map(forcedRow));
}

function forcedRow(reply) {
  const match = Object.values(reply.match).map((each) => (typeof each === "string" ? each : JSON.stringify(each))).join(" ") || "any request";
  const left = reply.left === null ? "every time" : reply.left === 1 ? "once" : `${reply.left} times`;
  const content = `${match}: ${reply.effect} (${left})`;
  const remove = async () => {
    await call("DELETE", `replies/${reply.id}`);
    $("forced").parentElement.querySelector("button").focus();
    await showForced();
  };
  return el("li", {}, el("span", { textContent: content }), plain("remove", `Remove ${content}`, () => act("It is answered as usual again.", remove)));
}

on("network-form", "submit", "The network is like that now.", async () => {
  await call("PUT", "network", {
    latency: number("latency") ?? 0,
    jitter: number("jitter") ?? 0,
    failure_rate: (number("failures") ?? 0) / 100,
    failure_status: number("failure-status") ?? 503,
  });
  await showReplies();
});
on("network-off", "click", "The network is good again.", () => call("DELETE", "network").then(showReplies));

on("preferences-form", "submit", "Every request is treated as if it had this header.", async () => {
  await call("PUT", "preferences", { prefer: $("prefer").value });
  await showReplies();
});
on("preferences-off", "click", "Requests are treated as they are again.", () => call("DELETE", "preferences").then(showReplies));

on("force-form", "submit", "The next matching requests are answered like that.", async () => {
  const how = $("force-how").value;
  const made = await call("POST", "replies", {
    method: $("force-method").value || undefined,
    path: $("force-path").value || undefined,
    status: number("force-status"),
    delay: number("force-delay"),
    times: number("force-times") ?? 1,
    drop: how === "before" || how === "after" ? how : undefined,
    malformed: how === "malformed" ? true : undefined,
  });
  await showForced();
  return () => call("DELETE", `replies/${made.id}`).then(showForced);
});
