"use strict";
const results = [...document.querySelectorAll(".result")];
const texts = new Map(results.map((each) => [each, each.textContent.toLowerCase()]));
const tiles = [...document.querySelectorAll(".tile")];
const search = document.getElementById("search");
const kind = document.getElementById("kind");
const level = document.getElementById("level");
const shown = document.getElementById("shown");

function show() {
  const wanted = new Set(tiles.filter((each) => each.ariaPressed === "true").map((each) => each.dataset.verdict));
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const each of results) {
    const fits =
      (wanted.size === 0 || wanted.has(each.dataset.verdict)) &&
      (!kind.value || each.dataset.kind === kind.value) &&
      (!level.value || each.dataset.level === level.value) &&
      words.every((word) => texts.get(each).includes(word));
    each.hidden = !fits;
    count += fits;
  }
  shown.textContent = `${count} of ${results.length} clauses`;
}

for (const tile of tiles) {
  tile.addEventListener("click", () => {
    tile.ariaPressed = tile.ariaPressed === "true" ? "false" : "true";
    show();
  });
}
for (const control of [search, kind, level]) control.addEventListener("input", show);

document.addEventListener("click", async (event) => {
  if (!event.target.matches(".copy")) return;
  const code = event.target.closest("h2").nextElementSibling.textContent;
  try {
    await navigator.clipboard.writeText(code);
  } catch {
    // A page opened from a file may not write to the clipboard: select the text instead.
    const range = document.createRange();
    range.selectNodeContents(event.target.closest("h2").nextElementSibling);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    event.target.textContent = "Selected";
    return;
  }
  event.target.textContent = "Copied";
});

function open() {
  const named = document.getElementById(location.hash.slice(1));
  if (named instanceof HTMLDetailsElement) named.open = true;
}
addEventListener("hashchange", open);
open();
show();
