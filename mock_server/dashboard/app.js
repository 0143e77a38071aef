// The workbench: which part of it an address names, and what is kept up to date.

import { $, act, say } from "./elements.js";
import { call, chosen, forget } from "./mock.js";
import * as records from "./records.js";
import * as requests from "./requests.js";
import * as sessions from "./sessions.js";
import { afterwards, showClock, showForced, showReplies, showState } from "./state.js";

const POLL = 1000; // milliseconds between two looks at the journal

const PARTS = {
  requests: { title: "Requests", show: ([serial]) => requests.show(serial) },
  records: { title: "Records", show: records.show },
  changes: { title: "Changes", show: (steps, search) => sessions.compare(search) },
  replies: { title: "Replies", show: showReplies },
  state: { title: "State", show: showState },
  sessions: { title: "Sessions", show: sessions.show },
};

let part = null;
let stale = false; // whether something was written that the page does not show yet

// A step of an address, as it stands where it is not encoded.
function decoded(step) {
  try {
    return decodeURIComponent(step);
  } catch {
    return step;
  }
}

function addressed() {
  const [path, search] = location.hash.replace(/^#\/?/, "").split("?");
  const [name, ...steps] = path.split("/");
  return [Object.hasOwn(PARTS, name) ? name : "requests", steps.map(decoded), new URLSearchParams(search)];
}

async function show() {
  const [name, steps, search] = addressed();
  const before = part;
  part = name;
  for (const each of Object.keys(PARTS)) $(each).hidden = each !== name;
  for (const each of document.querySelectorAll("nav a")) each.ariaCurrent = each.hash === `#/${name}` ? "page" : null;
  document.title = `${PARTS[name].title} \u2013 understudy`;
  if (name !== "requests") requests.close();
  if (before !== null && before !== name) {
    scrollTo(0, 0);
    document.querySelector(`#${name} h2`).focus({ preventScroll: true });
  }
  await act("", () => PARTS[name].show(steps, search));
}

async function enter(name) {
  chosen.session = name;
  const address = new URL(location);
  if (name) address.searchParams.set("session", name);
  else address.searchParams.delete("session");
  if (/^#\/(requests|records|changes)\//.test(address.hash)) address.hash = address.hash.match(/^#\/\w+/)[0];
  history.replaceState(null, "", address);
  await requests.restart();
  await sessions.choices();
  await show();
  say(`This is the session ${sessions.named(name)} now.`);
}

async function live() {
  try {
    if (!document.hidden) {
      if (requests.following()) stale = (await requests.poll()) || stale;
      if ($("message").dataset.lost) {
        delete $("message").dataset.lost;
        say("The mock is available again.");
        forget();
        await show();
      }
      await sessions.choices();
      if (part === "sessions") await sessions.show();
      if (part === "state") await showClock();
      if (part === "replies") await showForced();
      if (part === "records" && stale) {
        stale = false;
        await records.refresh();
      }
    }
  } catch {
    $("message").dataset.lost = "yes";
    say("The mock does not respond.", { failed: true });
  }
  setTimeout(live, POLL);
}

sessions.opensWith(enter);
afterwards(async () => {
  await requests.restart();
  await show();
});
// Another fragment than that of a part only moves the focus.
addEventListener("hashchange", () => (/^(#\/.*)?$/.test(location.hash) ? show() : null));

await act("", async () => {
  $("version").textContent = (await call("GET", "health")).version;
  await Promise.all([requests.poll(), sessions.choices()]);
});
await show();
document.documentElement.dataset.ready = "yes";
setTimeout(live, POLL);
