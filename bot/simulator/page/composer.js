// Where a person types: messages, and slash commands with their names, usage and descriptions.

import { h, icon, keep } from "./dom.js";
import { act, state } from "./state.js";

/** A message box for a channel, a thread in it, or the direct message with the app. */
export function composer({ channel, thread = null, direct = false, label }) {
  const id = thread ? "reply" : "write";
  const list = h("div", { class: "offers", role: "listbox", id: `${id}-offers`, "aria-label": "Slash commands", hidden: true });
  const usage = h("p", { class: "usage", "aria-live": "polite" });
  const wrong = h("p", { class: "wrong", role: "alert", hidden: true });
  const input = h("textarea", {
    id,
    rows: "1",
    placeholder: thread ? "Reply…" : `${label} · / for commands`,
    "aria-label": label,
    "aria-autocomplete": "list",
    "aria-controls": list.id,
  });
  const box = { channel, thread, direct, input, list, usage, wrong, chosen: 0 };
  input.addEventListener("input", () => typed(box));
  input.addEventListener("keydown", (event) => keyed(box, event));
  input.addEventListener("blur", () => setTimeout(() => (list.hidden = true), 150));
  const send = h("button", { type: "submit", class: "sign send", "aria-label": "Send", title: "Send" }, icon("send"));
  const submit = (event) => {
    event.preventDefault();
    sent(box);
  };
  return h("form", { class: "composer", on: { submit } }, list, wrong, h("div", { class: "line" }, input, send), usage);
}

/** Put a line into the channel's message box, ready to be sent. */
export function suggest(line) {
  const input = document.getElementById("write");
  if (!input) return;
  input.value = line;
  input.dispatchEvent(new Event("input"));
  input.focus();
}

function offers(box) {
  const word = box.input.value;
  if (!/^\/\S*$/.test(word) || box.thread) return [];
  return state.world.commands.filter(({ name }) => name.startsWith(word.toLowerCase()));
}

function typed(box) {
  box.wrong.hidden = true;
  box.chosen = 0;
  grow(box.input);
  drawOffers(box);
  drawUsage(box);
}

function grow(input) {
  input.style.height = "auto";
  input.style.height = `${Math.min(input.scrollHeight, 160)}px`;
}

function drawOffers(box) {
  const found = offers(box);
  const exact = found.length === 1 && found[0].name === box.input.value;
  box.list.hidden = !found.length || exact;
  keep(box.list, found.map((one, place) => ({ key: one.name, sig: String(place === box.chosen), make: () => offer(box, one, place) })));
  const active = box.list.hidden ? null : `${box.input.id}-offer-${box.chosen}`;
  if (active) box.input.setAttribute("aria-activedescendant", active);
  else box.input.removeAttribute("aria-activedescendant");
}

function offer(box, one, place) {
  const props = { class: "offer", role: "option", id: `${box.input.id}-offer-${place}`, "aria-selected": String(place === box.chosen) };
  const take = (event) => {
    event.preventDefault(); // the focus stays where the person types
    complete(box, one);
  };
  const words = [h("span", {}, h("strong", {}, one.name), " ", h("span", { class: "how" }, one.usage)), h("span", {}, one.description)];
  const node = h("div", { ...props, on: { mousedown: take } }, words);
  if (place === box.chosen) requestAnimationFrame(() => node.scrollIntoView({ block: "nearest" }));
  return node;
}

function drawUsage(box) {
  const [name, ...rest] = box.input.value.split(/\s/);
  const one = state.world.commands.find((command) => command.name === name);
  const words = one && (rest.length || box.list.hidden) ? `${one.name} ${one.usage} · ${one.description}` : "";
  if (box.usage.textContent !== words) box.usage.textContent = words;
}

function complete(box, one) {
  box.input.value = `${one.name} `;
  box.input.focus();
  typed(box);
}

function keyed(box, event) {
  const found = box.list.hidden ? [] : offers(box);
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (found.length && step) {
    event.preventDefault();
    box.chosen = (box.chosen + step + found.length) % found.length;
    drawOffers(box);
  } else if (found.length && (event.key === "Tab" || (event.key === "Enter" && found[box.chosen].name !== box.input.value))) {
    event.preventDefault();
    complete(box, found[box.chosen]);
  } else if (event.key === "Escape") box.list.hidden = true;
  else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    sent(box);
  }
}

async function sent(box) {
  const line = box.input.value.trim();
  if (!line) return;
  box.input.value = "";
  typed(box);
  const log = box.input.closest("main, aside").querySelector(".log");
  if (log) log.follow = true;
  const answer = await delivered(box, line);
  if (answer.ok) return;
  box.input.value ||= line; // nothing typed is lost
  typed(box);
  box.wrong.textContent = answer.error;
  box.wrong.hidden = false;
}

function delivered({ channel, thread, direct }, line) {
  if (line.startsWith("/")) return act("command", { line, channel, thread_ts: thread });
  if (direct) return act("direct", { text: line });
  return act("say", { channel, text: line, thread_ts: thread });
}
