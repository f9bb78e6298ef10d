// Single letters, for people who want them (look.md, "Keys"). Off inside fields, and with <html data-keys="off">.
"use strict";

const PLACES = new Set(["d", "l", "e", "c", "h"]);
let goes = false;

const inField = (target) => target.closest("input, select, textarea, [contenteditable], dialog[open]");
const rows = () => [...document.querySelectorAll("[data-row]")];

function chosen() {
  return document.querySelector("[data-row][data-chosen]");
}

function choose(step) {
  const all = rows();
  if (!all.length) return;
  const at = all.indexOf(chosen());
  const next = all[Math.min(Math.max(at + step, 0), all.length - 1)];
  chosen()?.removeAttribute("data-chosen");
  next.setAttribute("data-chosen", "");
  next.scrollIntoView({ block: "nearest" });
  (next.querySelector("a") || next).focus({ preventScroll: true });
}

function step(selector, by) {
  const all = [...document.querySelectorAll(selector)];
  const at = all.findIndex((one) => one.contains(document.activeElement));
  const next = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + by, 0), all.length - 1)];
  if (!next) return;
  next.tabIndex = -1;
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "start" });
}

const ACTIONS = {
  "/": () => document.querySelector('[data-key="/"]')?.focus(),
  "?": () => document.querySelector('[data-opens="keys"]')?.click(),
  j: () => choose(1),
  k: () => choose(-1),
  n: () => step("[data-object]", 1),
  p: () => step("[data-object]", -1),
  d: () => step("[data-decision]", 1),
};

function letter(event) {
  if (goes && PLACES.has(event.key)) {
    document.querySelector(`.side [data-key="${event.key}"]`)?.click();
    goes = false;
    return true;
  }
  goes = event.key === "g";
  if (!ACTIONS[event.key]) return goes;
  ACTIONS[event.key]();
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    document.querySelector("[data-saves-draft]")?.click();
    return;
  }
  const off = document.documentElement.dataset.keys === "off";
  if (off || event.ctrlKey || event.metaKey || event.altKey || inField(event.target)) return;
  if (letter(event)) event.preventDefault();
});
