"use strict";
// Everything is in the page already: the script only filters, expands and copies.
(() => {
  const root = document.documentElement;
  const all = (selector) => [...document.querySelectorAll(selector)];
  const one = (id) => document.getElementById(id);
  root.classList.add("js");

  const clauses = all(".clause").map((node) => ({ node, text: node.textContent.toLowerCase(), ...node.dataset }));
  const tiles = all(".tile");

  function filter() {
    const wanted = new Set(tiles.filter((tile) => tile.getAttribute("aria-pressed") === "true").map((tile) => tile.dataset.show));
    const words = one("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    const level = one("level").value;
    const kind = one("kind").value;
    let shown = 0;
    for (const clause of clauses) {
      const fits = (!wanted.size || wanted.has(clause.verdict)) && (!level || clause.level === level) &&
        (!kind || clause.kind === kind) && words.every((word) => clause.text.includes(word));
      clause.node.hidden = !fits;
      shown += fits;
    }
    for (const section of all(".topic")) {
      const visible = [...section.querySelectorAll(".clause:not([hidden])")];
      section.hidden = !visible.length;
      for (const node of section.querySelectorAll(".clause")) node.classList.toggle("first", node === visible[0]);
    }
    one("nothing").hidden = shown > 0;
    one("shown").textContent = shown === clauses.length ? `${shown} clauses` : `${shown} of ${clauses.length} clauses`;
  }

  function clear() {
    for (const tile of tiles) tile.setAttribute("aria-pressed", "false");
    for (const id of ["search", "level", "kind"]) one(id).value = "";
    filter();
  }

  function reveal() {
    const node = one(decodeURIComponent(location.hash.slice(1)));
    if (!node || !node.classList.contains("clause")) return;
    if (node.hidden) clear();
    node.open = true;
    node.scrollIntoView();
  }

  async function copy(button) {
    const pre = button.parentElement.querySelector("pre");
    let done = true;
    try {
      await navigator.clipboard.writeText(pre.textContent);
    } catch {
      // A page from a file or in a sandbox may not use the clipboard API.
      const range = document.createRange();
      range.selectNodeContents(pre);
      const selection = getSelection();
      selection.removeAllRanges();
      selection.addRange(range);
      done = document.execCommand("copy");
    }
    button.textContent = done ? "Copied" : "Selected";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  }

  function dark() {
    return (root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  }

  function name() {
    one("theme").textContent = dark() ? "Light" : "Dark";
  }

  for (const tile of tiles) {
    tile.addEventListener("click", () => {
      tile.setAttribute("aria-pressed", String(tile.getAttribute("aria-pressed") !== "true"));
      filter();
    });
  }
  for (const id of ["search", "level", "kind"]) one(id).addEventListener("input", filter);
  one("clear").addEventListener("click", clear);
  one("unfold").addEventListener("click", () => {
    const shown = clauses.map((clause) => clause.node).filter((node) => !node.hidden);
    const open = shown.some((node) => !node.open);
    for (const node of shown) node.open = open;
    one("unfold").textContent = open ? "Collapse" : "Expand";
  });
  one("theme").addEventListener("click", () => { root.dataset.theme = dark() ? "light" : "dark"; name(); });
  for (const button of all(".copy")) button.addEventListener("click", () => copy(button));
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !/INPUT|SELECT|TEXTAREA/.test(event.target.tagName)) {
      event.preventDefault();
      one("search").focus();
    }
  });
  addEventListener("hashchange", reveal);
  // Collapsed parts would be missing in print.
  addEventListener("beforeprint", () => { for (const node of all("details.clause:not([hidden])")) if (node.dataset.verdict !== "pass") node.open = true; });

  name();
  filter();
  reveal();
})();
