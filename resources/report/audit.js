"use strict";
// Sorts and filters the table of an audit, and unfolds what belongs to a network.
const table = document.querySelector("table.audit");
const groups = () => Array.from(table.tBodies);
const shown = document.getElementById("shown");
const search = document.getElementById("search");
const choice = document.getElementById("choice");

function value(group, column) {
  const cell = group.rows[0].cells[column];
  const text = cell.dataset.sort === undefined ? cell.textContent.trim() : cell.dataset.sort;
  const number = Number(text);
  return text === "" ? null : Number.isNaN(number) ? text.toLowerCase() : number;
}

function compare(a, b) {
  if (a === null || b === null) return (a === null) - (b === null);
  if (typeof a === typeof b) return a < b ? -1 : a > b ? 1 : 0;
  return typeof a === "number" ? -1 : 1;
}

function sortBy(button) {
  const head = button.closest("th");
  const isUp = head.getAttribute("aria-sort") !== "ascending";
  for (const each of table.tHead.rows[0].cells) each.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", isUp ? "ascending" : "descending");
  const sorted = groups().map((group, place) => [value(group, head.cellIndex), place, group]);
  sorted.sort((a, b) => {
    const order = compare(a[0], b[0]);
    const isUnknown = a[0] === null || b[0] === null;
    return (isUp || isUnknown ? order : -order) || a[1] - b[1];
  });
  for (const [, , group] of sorted) table.append(group);
}

function filter() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const group of groups()) {
    const text = group.textContent.toLowerCase();
    const fits = (choice.value === "" || group.dataset.kind === choice.value) && words.every((word) => text.includes(word));
    group.hidden = !fits;
    count += fits;
  }
  shown.textContent = `${count} of ${groups().length} shown`;
}

for (const button of table.tHead.querySelectorAll("button")) button.addEventListener("click", () => sortBy(button));
table.addEventListener("click", (event) => {
  const button = event.target.closest("button.unfold");
  if (!button) return;
  const more = button.closest("tbody").rows[1];
  more.hidden = !more.hidden;
  button.setAttribute("aria-expanded", String(!more.hidden));
});
search.addEventListener("input", filter);
choice.addEventListener("change", filter);
filter();
