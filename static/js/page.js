// What every page does: popups that close, dialogs, copying, messages that leave, and the focus after a swap.
"use strict";

const announcer = () => document.getElementById("announcer");

// Says a sentence to listeners. Templates hand it over: <p data-announce>Legal is now stage 1 of 3</p>
function announce(text) {
  const region = announcer();
  if (region) {
    region.textContent = "";
    window.setTimeout(() => (region.textContent = text), 50);
  }
}

function closePopups(except) {
  for (const popup of document.querySelectorAll("details[data-popup][open]")) {
    if (!popup.contains(except)) popup.open = false;
  }
}

function openDialog(id, opener) {
  const dialog = document.getElementById(id);
  if (!dialog || dialog.open) return;
  dialog.addEventListener("close", () => opener && opener.focus(), { once: true });
  dialog.showModal();
}

function copy(button) {
  navigator.clipboard.writeText(button.dataset.copy).then(() => announce(button.dataset.said));
}

// A message leaves after eight seconds, unless somebody points at it or is in it.
function leaveLater(toast) {
  let timer = 0;
  const wait = () => (timer = window.setTimeout(() => toast.remove(), 8000));
  const stay = () => window.clearTimeout(timer);
  toast.addEventListener("pointerenter", stay);
  toast.addEventListener("pointerleave", wait);
  toast.addEventListener("focusin", stay);
  toast.addEventListener("focusout", wait);
  wait();
}

// Shows what needs script, in the page or in a piece that came later.
function prepare(root) {
  for (const button of root.querySelectorAll("[data-copy], [data-dismiss], [data-opens]")) button.hidden = false;
  for (const toast of root.querySelectorAll("[data-toast]")) leaveLater(toast);
  for (const said of root.querySelectorAll("[data-announce]")) announce(said.textContent.trim());
}

// Moves the focus to what wants to be read first.
function focusFirst(root) {
  const wanted = root.querySelector("[data-focus]");
  if (wanted) wanted.focus();
}

document.addEventListener("click", (event) => {
  closePopups(event.target);
  const button = event.target.closest("button, a");
  if (!button) return;
  if (button.dataset.copy) copy(button);
  if (button.dataset.opens) openDialog(button.dataset.opens, button);
  if ("dismiss" in button.dataset) button.closest("[data-toast]").remove();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const popup = event.target.closest?.("details[data-popup][open]");
  if (popup) {
    popup.open = false;
    popup.querySelector("summary").focus();
  }
});

document.addEventListener("toggle", (event) => event.target.open && closePopups(event.target), true);
document.addEventListener("htmx:load", (event) => prepare(event.detail.elt));
document.addEventListener("htmx:afterSettle", (event) => focusFirst(event.detail.elt));
document.addEventListener("DOMContentLoaded", () => focusFirst(document));
