// The inputs of a modal, each with its label, its hint, its length and a place for what is wrong with it.

import { h } from "./dom.js";
import { plain } from "./mrkdwn.js";

/** One input block as a labelled field; `values` later reads it by its data. */
export function field(block) {
  const id = `field-${block.block_id}`;
  const choice = ["radio_buttons", "checkboxes"].includes(block.element.type);
  const optional = block.optional && h("span", { class: "optional" }, " (optional)");
  const hint = block.hint && h("p", { class: "hint", id: `${id}-hint` }, plain(block.hint.text));
  const wrong = h("p", { class: "wrong", id: `${id}-wrong`, role: "alert", hidden: true });
  const described = [block.hint && `${id}-hint`, `${id}-wrong`].filter(Boolean).join(" ");
  const input = (KINDS[block.element.type] ?? KINDS.plain_text_input)(block.element, id, described);
  const box = h(
    choice ? "fieldset" : "div",
    { class: "field", "aria-describedby": choice ? described : null },
    choice ? h("legend", {}, plain(block.label.text), optional) : h("label", { for: id }, plain(block.label.text), optional),
    input,
    counter(block.element, input),
    wrong,
    hint,
  );
  return Object.assign(box, { block, input, wrong });
}

const KINDS = {
  plain_text_input: (element, id, described) =>
    h(element.multiline ? "textarea" : "input", {
      id,
      name: element.action_id,
      rows: element.multiline ? "3" : null,
      maxlength: String(element.max_length ?? 3000),
      placeholder: element.placeholder?.text,
      value: element.initial_value ?? "",
      autocomplete: "off",
      spellcheck: element.multiline ? "true" : "false",
      "aria-describedby": described,
    }),
  radio_buttons: (element, id) => h("div", { class: "choices" }, element.options.map((one) => choice("radio", element, one, id))),
  checkboxes: (element, id) => h("div", { class: "choices" }, element.options.map((one) => choice("checkbox", element, one, id))),
  static_select: (element, id, described) =>
    h(
      "select",
      { id, name: element.action_id, "aria-describedby": described },
      element.options.map((one) => h("option", { value: one.value, selected: one.value === element.initial_option?.value }, one.text.text)),
    ),
};

function choice(type, element, option, id) {
  const first = [element.initial_option, ...(element.initial_options ?? [])].some((one) => one?.value === option.value);
  const input = h("input", { type, name: id, value: option.value, checked: first });
  const more = option.description && h("span", { class: "hint" }, plain(option.description.text));
  return h("label", {}, input, h("span", {}, plain(option.text.text), more && " ", more));
}

// How many characters are left, once it becomes tight.
function counter(element, input) {
  if (element.type !== "plain_text_input") return null;
  const most = element.max_length ?? 3000;
  const left = h("p", { class: "left", "aria-live": "polite" });
  input.addEventListener("input", () => {
    const free = most - input.value.length;
    left.textContent = free < most / 5 ? `${free} characters left` : "";
  });
  return left;
}

/** What is entered, by action: a text, or the value of what was chosen. */
export function values(body) {
  const found = {};
  for (const box of body.querySelectorAll(".field")) {
    const { element } = box.block;
    const checked = [...box.querySelectorAll("input:checked")].map((one) => one.value);
    const chosen = { radio_buttons: checked[0] ?? null, checkboxes: checked };
    found[element.action_id] = element.type in chosen ? chosen[element.type] : box.input.value;
  }
  return found;
}

/** Put values where fields of that action are. */
export function fill(body, known) {
  for (const box of body.querySelectorAll(".field")) {
    const said = known[box.block.element.action_id];
    if (said === undefined || said === null) continue;
    const options = [...box.querySelectorAll("input[type=radio], input[type=checkbox]")];
    for (const option of options) option.checked = [said].flat().includes(option.value);
    if (!options.length) box.input.value = said;
  }
}

/** Say what is wrong, beside each field, by its label; the first of them gets the focus. */
export function showErrors(body, errors) {
  const wrong = [...body.querySelectorAll(".field")].filter((box) => {
    const words = errors[box.block.label.text];
    box.wrong.textContent = words ?? "";
    box.wrong.hidden = !words;
    box.input.setAttribute("aria-invalid", String(Boolean(words)));
    return words;
  });
  const first = wrong[0] && (wrong[0].querySelector("input, textarea, select") ?? wrong[0]);
  first?.focus();
}
