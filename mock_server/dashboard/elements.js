// Elements of the page. Data from the mock is inserted as text, never as markup.

export const $ = (id) => document.getElementById(id);

export function el(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name in made) made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

export const text = (value) => (typeof value === "string" ? value : JSON.stringify(value) ?? "");
export const link = (href, textContent, more = {}) => el("a", { href, textContent, ...more });
export const button = (textContent, onclick, more = {}) => el("button", { type: "button", textContent, onclick, ...more });
export const plain = (textContent, ariaLabel, onclick) => button(textContent, onclick, { className: "plain", ariaLabel });

// Elements that have the focus are not redrawn.
export const hasFocus = (element) => element.contains(document.activeElement);

// ------------------------------------------------------------------------------------------------------ messages

export function say(message, { failed = false, undo = null } = {}) {
  $("message").textContent = message;
  $("message").classList.toggle("failed", failed);
  $("undo").hidden = undo === null;
  $("undo").onclick = undo && (() => act("Undone.", undo));
}

// Run a user's action, and show its result or its error in the message line. `work` may return how to undo it.
export async function act(done, work) {
  try {
    const undo = await work();
    if (done) say(done, { undo: typeof undo === "function" ? undo : null });
  } catch (error) {
    say(error.message, { failed: true });
  }
}

export const on = (id, event, done, work) =>
  $(id).addEventListener(event, (happened) => {
    happened.preventDefault();
    act(done, () => work(happened));
  });

// Ask before something is lost; whether the answer is yes.
export function ask(question, yes) {
  const dialog = $("question");
  $("question-text").textContent = question;
  $("question-yes").textContent = yes;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

// An action that loses something, after a question.
export async function lose(question, yes, done, work) {
  if (await ask(question, yes)) await act(done, work);
}

export const copy = (content, what) => act(`Copied ${what}.`, () => navigator.clipboard.writeText(content));
export const copyButton = (content, what) => plain("copy", `Copy ${what}`, () => copy(content, what));

export function download(name, value) {
  const address = URL.createObjectURL(new Blob([JSON.stringify(value)], { type: "application/json" }));
  el("a", { href: address, download: name }).click();
  URL.revokeObjectURL(address);
}

// --------------------------------------------------------------------------------------------------------- values

const escaped = (name) => String(name).replaceAll("~", "~0").replaceAll("/", "~1");

// A JSON value on several lines. `faults` are marked where they are: pointer -> what is wrong there; `linked` may
// return the address that a value leads to.
export function json(value, faults = new Map(), linked = () => null) {
  const shown = el("pre", { tabIndex: 0, className: "json" });
  write(value, "", "", "");
  return shown;

  function write(part, pointer, indent, name) {
    const wrong = faults.get(pointer);
    const into = wrong ? el("mark") : shown;
    const isList = Array.isArray(part);
    if (part !== null && typeof part === "object") {
      const names = Object.keys(part);
      const missing = isList ? [] : [...faults.keys()].filter((each) => isMissing(each, pointer, part));
      shown.append(isList ? "[" : "{");
      if (wrong) shown.append(note(wrong));
      names.forEach((each, place) => {
        shown.append(`\n${indent}  `);
        if (!isList) shown.append(el("span", { className: "name", textContent: JSON.stringify(each) }), ": ");
        write(part[each], `${pointer}/${escaped(each)}`, `${indent}  `, isList ? name : each);
        if (place < names.length - 1) shown.append(",");
      });
      for (const each of missing) {
        const member = each.slice(pointer.length + 1).replaceAll("~1", "/").replaceAll("~0", "~");
        shown.append(`\n${indent}  `, el("mark", { textContent: JSON.stringify(member) }), note(faults.get(each)));
      }
      shown.append(names.length || missing.length ? `\n${indent}` : "", isList ? "]" : "}");
      return;
    }
    const href = linked(name, part);
    const content = JSON.stringify(part);
    into.append(href ? link(href, content) : el("span", { className: typeof part, textContent: content }));
    if (wrong) shown.append(into, note(wrong));
  }
}

const isMissing = (pointer, parent, part) => {
  const rest = pointer.slice(parent.length + 1);
  if (!pointer.startsWith(`${parent}/`) || rest.includes("/")) return false;
  return !Object.hasOwn(part, rest.replaceAll("~1", "/").replaceAll("~0", "~"));
};

const note = (wrong) => el("span", { className: "fault", textContent: ` \u2190 ${wrong}` });

// The members in which two records differ, as a list.
export function difference(before, now) {
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(now ?? {})])];
  const rows = names
    .filter((name) => JSON.stringify(before?.[name]) !== JSON.stringify(now?.[name]))
    .map((name) =>
      el(
        "li",
        {},
        el("code", { textContent: name }),
        " ",
        el("del", { textContent: text(before?.[name]) || "not set" }),
        " ",
        el("ins", { textContent: text(now?.[name]) || "not set" }),
      ),
    );
  return el("ul", { className: "difference" }, rows);
}

export const took = (seconds) => {
  if (seconds === null) return "";
  return seconds < 1 ? `${(seconds * 1000).toFixed(seconds < 0.1 ? 1 : 0)} ms` : `${seconds.toFixed(2)} s`;
};
