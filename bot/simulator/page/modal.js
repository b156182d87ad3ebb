// The modal on top: a native dialog, which keeps the focus inside and closes on Escape.

import { blocks } from "./blocks.js";
import { h, signButton } from "./dom.js";
import { fill, showErrors, values } from "./fields.js";
import { act, look, state } from "./state.js";

let dialog = null;
let shown = { id: "", hash: "" };

/** Show the topmost modal, or none. */
export function drawModal() {
  const view = state.view.modals.at(-1);
  if (!view) return close();
  if (view.id === shown.id && view.hash === shown.hash) return null;
  const typed = view.id === shown.id ? values(dialog) : {};
  const old = dialog;
  dialog = build(view);
  shown = view;
  document.body.append(dialog);
  fill(dialog, { ...entered(view), ...typed });
  dialog.showModal();
  old?.remove();
  const first = dialog.querySelector(".body input, .body textarea, .body select") ?? dialog.querySelector("footer button");
  return first?.focus();
}

function close() {
  dialog?.close();
  dialog?.remove();
  dialog = null;
  shown = { id: "", hash: "" };
}

// What the service remembers of what was entered, by action.
function entered(view) {
  const found = {};
  for (const actions of Object.values(view.state.values)) {
    for (const [action, said] of Object.entries(actions)) {
      found[action] = said.value ?? said.selected_option?.value ?? said.selected_options?.map((one) => one.value);
    }
  }
  return found;
}

function build(view) {
  const title = h("h2", { id: "modal-title" }, view.title.text);
  const wrong = h("p", { class: "wrong", role: "alert", hidden: true });
  const send = view.submit && h("button", { type: "submit", class: "button primary" }, view.submit.text);
  const away = h("button", { type: "button", class: "button", on: { click: dismiss } }, view.close?.text ?? "Cancel");
  const submit = (event) => {
    event.preventDefault();
    sent(event.target, send, wrong);
  };
  const form = h(
    "form",
    { novalidate: true, on: { submit } },
    h("header", {}, title, signButton("close", "Close", dismiss)),
    h("div", { class: "body blocks" }, blocks(view.blocks)),
    wrong,
    h("footer", {}, away, send),
  );
  // The browser closes it on Escape, whatever the page says; by then another may be on top.
  const closed = (event) => event.target === dialog && dismiss();
  return h("dialog", { class: "modal", "aria-labelledby": "modal-title", on: { close: closed } }, form);
}

async function dismiss() {
  await act("close", { view: shown.id });
  await look();
}

async function sent(form, send, wrong) {
  if (!send || send.disabled) return;
  send.disabled = true;
  wrong.hidden = true;
  const answer = await act("submit", { values: values(form) });
  send.disabled = false;
  if (!answer.ok) {
    wrong.textContent = answer.error;
    wrong.hidden = false;
  } else showErrors(form, answer.errors ?? {});
  await look();
}
