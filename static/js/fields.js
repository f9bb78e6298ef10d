// Fields made comfortable. Each is a plain field first: one address per line, a text with suggestions, all shown.
"use strict";

const SVG = "http://www.w3.org/2000/svg";
const SHAPES = {
  person: "M5.6 5a2.4 2.4 0 1 0 4.8 0a2.4 2.4 0 1 0-4.8 0ZM3.4 13.4c0-2.5 2-4.2 4.6-4.2s4.6 1.7 4.6 4.2",
  cross: "M4 4l8 8M12 4l-8 8",
  wrong: "M5.5 2h5L14 5.5v5L10.5 14h-5L2 10.5v-5ZM5.4 8h5.2",
  plus: "M8 3v10M3 8h10",
};

function drawn(name) {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", SHAPES[name]);
  svg.append(path);
  return svg;
}

function made(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

// Chips: the textarea stays the field that is sent; the chips are drawn from its lines.
class Chips {
  constructor(area) {
    this.area = area;
    this.box = made("div", { class: "chips", role: "group" });
    this.input = made("input", {
      class: "chips-input",
      type: "text",
      id: area.id,
      autocomplete: "off",
      spellcheck: "false",
      placeholder: area.placeholder,
    });
    area.id = `${area.id}_lines`;
    for (const name of ["aria-describedby", "aria-invalid"]) {
      if (area.hasAttribute(name)) this.input.setAttribute(name, area.getAttribute(name));
    }
    if (area.getAttribute("aria-invalid") === "true") this.box.dataset.wrong = "";
    area.hidden = true;
    area.after(this.box);
    this.box.addEventListener("click", (event) => event.target === this.box && this.input.focus());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("paste", (event) => this.paste(event));
    this.input.addEventListener("blur", () => this.add(this.input.value));
    this.draw();
  }

  get lines() {
    return this.area.value.split(/[\n,;]+/).map((line) => line.trim()).filter(Boolean);
  }

  set lines(lines) {
    this.area.value = [...new Set(lines)].join("\n");
    this.area.dispatchEvent(new Event("input", { bubbles: true }));
    this.area.dispatchEvent(new Event("change", { bubbles: true }));
    this.draw();
  }

  add(text) {
    const more = text.split(/[\s,;]+/).filter(Boolean);
    this.input.value = "";
    if (more.length) this.lines = [...this.lines, ...more];
  }

  remove(at) {
    this.lines = this.lines.filter((_, index) => index !== at);
    this.input.focus();
  }

  key(event) {
    if (event.ctrlKey || event.metaKey) return;
    if (["Enter", ","].includes(event.key)) {
      event.preventDefault();
      this.add(this.input.value);
      this.input.focus();
    } else if (event.key === "Backspace" && !this.input.value) {
      this.box.querySelector(".chip:last-of-type button")?.focus();
    }
  }

  paste(event) {
    const text = event.clipboardData.getData("text");
    if (!/[\s,;]/.test(text.trim())) return;
    event.preventDefault();
    this.add(text);
    this.input.focus();
  }

  draw() {
    const held = this.box.contains(document.activeElement);
    const chips = this.lines.map((line, at) => this.chip(line, at));
    this.box.replaceChildren(...chips, this.input);
    if (held) this.input.focus();
    this.count();
  }

  chip(line, at) {
    const good = /^[^@\s]+@[^@\s.]+(\.[^@\s.]+)+$/.test(line);
    const button = made("button", { type: "button", class: "icon-button", "aria-label": (this.area.dataset.removes || "%s").replace("%s", line) }, drawn("cross"));
    button.addEventListener("click", () => this.remove(at));
    const chip = made("span", { class: "chip" }, drawn(good ? "person" : "wrong"), line, button);
    if (!good) chip.dataset.wrong = "";
    return chip;
  }

  count() {
    const shown = document.querySelector(`[data-counts="${CSS.escape(this.input.id)}"]`);
    if (!shown || !this.area.dataset.most) return;
    tell(shown, this.lines.length, this.area.dataset.most);
  }
}

// Picker: a combobox over the field's own datalist.
class Picker {
  constructor(input) {
    this.input = input;
    this.options = [...input.list.options].map((option) => ({ value: option.value, second: option.label }));
    this.list = made("div", { class: "popup", role: "listbox", id: `${input.id}_options`, hidden: "" });
    this.list.setAttribute("aria-label", document.querySelector(`label[for="${CSS.escape(input.id)}"]`)?.textContent.trim() || input.name);
    input.removeAttribute("list");
    for (const [name, value] of Object.entries({ role: "combobox", "aria-expanded": "false", "aria-autocomplete": "list", "aria-controls": this.list.id })) {
      input.setAttribute(name, value);
    }
    input.parentElement.append(this.list);
    input.addEventListener("input", () => this.open());
    input.addEventListener("click", () => this.open(""));
    input.addEventListener("keydown", (event) => this.key(event));
    input.addEventListener("blur", () => this.close());
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => this.take(event.target.closest("[role=option]")));
  }

  get shown() {
    return [...this.list.querySelectorAll("[role=option]")];
  }

  get chosen() {
    return this.list.querySelector('[aria-selected="true"]');
  }

  open(typed = this.input.value) {
    const wanted = typed.trim().toLocaleLowerCase();
    const found = this.options.filter((option) => option.value.toLocaleLowerCase().includes(wanted)).slice(0, 50);
    const entries = found.map((option, at) => this.entry(option, at));
    if (typed.trim() && this.input.dataset.adds && !this.options.some((option) => option.value === typed.trim())) {
      entries.push(this.adds(typed.trim(), entries.length));
    }
    this.list.replaceChildren(...entries);
    this.list.hidden = !entries.length;
    this.input.setAttribute("aria-expanded", String(entries.length > 0));
    this.input.removeAttribute("aria-activedescendant");
  }

  entry(option, at) {
    const shown = made("span", {}, option.value);
    const entry = made("div", { class: "option", role: "option", id: `${this.list.id}_${at}`, "aria-selected": "false" }, shown);
    entry.dataset.value = option.value;
    if (option.second && option.second !== option.value) entry.append(made("span", { class: "option-second" }, option.second));
    return entry;
  }

  adds(typed, at) {
    const text = this.input.dataset.adds.replace("%s", typed);
    const entry = made("div", { class: "option", role: "option", id: `${this.list.id}_${at}`, "aria-selected": "false" }, drawn("plus"), text);
    entry.dataset.value = typed;
    entry.dataset.adds = "";
    return entry;
  }

  close() {
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
  }

  key(event) {
    if (event.key === "Escape" && !this.list.hidden) {
      event.preventDefault();
      this.close();
    } else if (event.key === "Enter" && !event.ctrlKey && !this.list.hidden && this.chosen) {
      event.preventDefault();
      this.take(this.chosen);
    } else if (["ArrowDown", "ArrowUp"].includes(event.key)) {
      event.preventDefault();
      if (this.list.hidden) this.open("");
      this.move(event.key === "ArrowDown" ? 1 : -1);
    }
  }

  move(by) {
    const all = this.shown;
    if (!all.length) return;
    const next = all[(all.indexOf(this.chosen) + by + all.length + (this.chosen || by > 0 ? 0 : 1)) % all.length];
    this.chosen?.setAttribute("aria-selected", "false");
    next.setAttribute("aria-selected", "true");
    next.scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", next.id);
  }

  take(entry) {
    if (!entry) return;
    this.input.value = entry.dataset.value;
    this.close();
    this.input.focus();
    this.input.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

// What depends on a choice: data-when="name=value|value". Without script all of it is shown and the server decides.
function depend(form) {
  for (const part of form.querySelectorAll("[data-when]")) {
    const [name, values] = part.dataset.when.split("=");
    const chosen = new FormData(form).getAll(name);
    part.hidden = !values.split("|").some((value) => chosen.includes(value));
  }
}

function tell(shown, used, most) {
  shown.textContent = shown.dataset.words.replace("{used}", used).replace("{most}", most);
  shown.hidden = false;
}

function counts(field) {
  const shown = field.id && document.querySelector(`[data-counts="${CSS.escape(field.id)}"]`);
  if (!shown || field.classList.contains("chips-input")) return;
  tell(shown, [...field.value].length, shown.dataset.most);
}

// Filters: below 960 px all but the search stand behind one button. Without script they simply stand there.
function fold(form) {
  const active = form.querySelectorAll("[data-active]").length;
  const words = active ? form.dataset.foldsActive.replace("{count}", active) : form.dataset.folds;
  const button = made("button", { type: "button", class: "button filters-fold", "aria-expanded": "false" }, words);
  form.dataset.open = "false";
  button.addEventListener("click", () => {
    form.dataset.open = String(form.dataset.open === "false");
    button.setAttribute("aria-expanded", form.dataset.open);
  });
  form.querySelector(".filters-search").after(button);
}

function prepareFields(root) {
  for (const area of root.querySelectorAll("textarea[data-chips]:not([hidden])")) new Chips(area);
  for (const input of root.querySelectorAll("input[data-picker][list]")) new Picker(input);
  for (const shown of root.querySelectorAll("[data-counts]")) {
    const field = document.getElementById(shown.dataset.counts);
    if (field) counts(field);
  }
  for (const form of root.querySelectorAll("form[data-folds]:not([data-open])")) fold(form);
  for (const form of document.forms) depend(form);
}

document.addEventListener("input", (event) => counts(event.target));
document.addEventListener("change", (event) => event.target.form && depend(event.target.form));
document.addEventListener("htmx:load", (event) => prepareFields(event.detail.elt));
