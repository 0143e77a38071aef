// A record as a form made from its schema, with the JSON beside it; a change in one is a change in the other.

import { el } from "./elements.js";

const typesOf = (schema) => [schema?.type ?? []].flat();

// The kind of input that a member gets.
function kindOf(schema, value) {
  const types = typesOf(schema).filter((each) => each !== "null");
  const given = value === null || value === undefined ? null : Array.isArray(value) ? "array" : typeof value;
  if (schema?.enum) return "choice";
  if (types.includes("boolean") || given === "boolean") return "boolean";
  if (["array", "object"].some((each) => types.includes(each) || given === each)) return "json";
  if (types.length && types.every((each) => each === "integer" || each === "number")) return "number";
  if (types.includes("string") || given === "string") return typeof value === "string" && (value.length > 80 || value.includes("\n")) ? "long" : "text";
  return given === "number" ? "number" : "json";
}

const isNumeric = (schema) => typesOf(schema).some((each) => each === "integer" || each === "number");

// What the inputs of a form hold: undefined for a member that is not set.
function read(input, kind, schema) {
  if (input.value === "") return undefined;
  if (kind === "choice" || kind === "boolean" || kind === "json") return JSON.parse(input.value);
  if (kind === "number") return Number(input.value);
  return isNumeric(schema) && /^-?\d+$/.test(input.value) && input.dataset.was === "number" ? Number(input.value) : input.value;
}

function inputFor(kind, schema, value, id, readOnly) {
  const option = (each) => el("option", { value: JSON.stringify(each), textContent: each === null ? "null" : String(each) });
  const shown = value === undefined ? "" : kind === "json" || kind === "choice" || kind === "boolean" ? JSON.stringify(value, null, 1) : value === null ? "" : String(value);
  if (kind === "choice" || kind === "boolean") {
    const choices = kind === "boolean" ? [true, false, ...(typesOf(schema).includes("null") ? [null] : [])] : schema.enum;
    const input = el("select", { id }, el("option", { value: "", textContent: "not set" }), [...new Set(choices)].map(option));
    if (value !== undefined && !choices.some((each) => each === value)) input.append(option(value));
    input.value = shown;
    return input;
  }
  if (kind === "json" || kind === "long") return el("textarea", { id, value: shown, rows: Math.min(8, shown.split("\n").length + 1), spellcheck: kind === "long", readOnly });
  const type = kind === "number" ? "number" : schema?.format === "date" ? "date" : schema?.format === "email" ? "email" : "text";
  const input = el("input", { id, type, value: shown, readOnly, autocomplete: "off", placeholder: value === null ? "null" : "not set" });
  if (kind === "number") input.step = "any";
  return input;
}

// The form of a record. `changed` is called with the record after every change that can be read.
export function recordForm({ schema, id, references }, record, isNew, changed) {
  const fields = el("div", { className: "fields record" });
  const jsonBox = el("textarea", { id: "record-json", rows: 16, spellcheck: false });
  const jsonError = el("p", { className: "bad", id: "record-json-error" });
  let present = record;

  const names = () => {
    const all = [id, ...Object.keys(present), ...Object.keys(schema.properties ?? {})];
    return [...new Set(all)];
  };

  function draw() {
    fields.replaceChildren(
      ...names().flatMap((name, place) => {
        const part = schema.properties?.[name] ?? {};
        const value = present[name];
        const kind = kindOf(part, value);
        const input = inputFor(kind, part, value, `member-${place}`, !isNew && name === id);
        input.dataset.was = typeof value;
        input.dataset.member = name;
        const nothing = typesOf(part).includes("null") && kind !== "choice" && kind !== "boolean";
        const toNull = nothing ? el("input", { type: "checkbox", checked: value === null, ariaLabel: `${name} is null` }) : null;
        const hint = [typesOf(part).filter((each) => each !== "null").join(" or "), part.format, references[name] && `id of ${references[name].join(" or ")}`];
        input.title = hint.filter(Boolean).join(", ");
        const take = () => {
          try {
            const next = toNull?.checked ? null : read(input, kind, part);
            input.removeAttribute("aria-invalid");
            present = { ...present };
            if (next === undefined) delete present[name];
            else present[name] = next;
            write();
          } catch {
            input.ariaInvalid = "true";
          }
        };
        input.addEventListener("input", () => {
          if (toNull && input.value !== "") toNull.checked = false;
          take();
        });
        toNull?.addEventListener("change", () => {
          if (toNull.checked) input.value = "";
          take();
        });
        return [
          el("label", { htmlFor: input.id, textContent: name }),
          el("div", { className: "member" }, input, toNull && el("label", { className: "null" }, toNull, "null"), el("p", { className: "bad", "data-fault": name })),
        ];
      }),
    );
  }

  function write() {
    jsonBox.value = JSON.stringify(present, null, 2);
    jsonError.textContent = "";
    changed(present);
  }

  jsonBox.addEventListener("input", () => {
    try {
      const parsed = JSON.parse(jsonBox.value);
      if (parsed === null || typeof parsed !== "object" || Array.isArray(parsed)) throw new Error("A record is an object.");
      present = parsed;
      jsonError.textContent = "";
      draw();
      changed(present);
    } catch (error) {
      jsonError.textContent = error.message;
      changed(null);
    }
  });

  draw();
  write();
  return el(
    "div",
    { className: "pair" },
    el("div", {}, el("h3", { textContent: "As a form" }), fields),
    el("div", {}, el("h3", {}, el("label", { htmlFor: "record-json", textContent: "As JSON" })), jsonBox, jsonError),
  );
}

// Show what is wrong beside the members that are wrong; what has no member is returned.
export function showFaults(form, error) {
  for (const each of form.querySelectorAll("[data-fault]")) each.textContent = "";
  const others = (error?.faults ?? []).filter(({ name, message }) => {
    const place = [...form.querySelectorAll("[data-fault]")].find((each) => each.dataset.fault === name.split(".")[0]);
    if (place) place.textContent = name.includes(".") ? `${name} ${message}` : message;
    return !place;
  });
  if (error && !error.faults?.length) return error.message;
  return others.map(({ name, message }) => `${name} ${message}`).join("; ");
}
