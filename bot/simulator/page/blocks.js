// Block Kit as elements, as far as Pairkeeper uses it.

import { confirmed } from "./confirm.js";
import { h, toast } from "./dom.js";
import { field } from "./fields.js";
import { mrkdwn, plain } from "./mrkdwn.js";
import { act } from "./state.js";

/** The blocks of a message ({channel, ts} in `message`) or of a view (no message). */
export function blocks(list, message = null) {
  return list.map((block) => (KINDS[block.type] ?? unknown)(block, message));
}

export function text(object) {
  return object.type === "plain_text" ? plain(object.text) : mrkdwn(object.text);
}

const KINDS = {
  section: (block, message) =>
    h(
      "div",
      { class: "section" },
      h(
        "div",
        { class: "words" },
        block.text && h("div", { class: "text" }, text(block.text)),
        block.fields && h("div", { class: "columns" }, block.fields.map((one) => h("div", { class: "text" }, text(one)))),
      ),
      block.accessory && h("div", { class: "beside" }, element(block.accessory, block, message)),
    ),
  header: (block) => h("h3", { class: "header" }, text(block.text)),
  divider: () => h("hr"),
  context: (block) =>
    h("div", { class: "context" }, block.elements.map((one) => (one.type === "image" ? image(one) : h("div", {}, text(one))))),
  actions: (block, message) =>
    h("div", { class: "actions" }, block.elements.map((one) => element(one, block, message))),
  image: (block) =>
    h("figure", {}, block.title && h("figcaption", {}, text(block.title)), image(block)),
  input: (block) => field(block),
};

function unknown(block) {
  return h("p", { class: "context" }, `(a ${block.type} block, which this small Slack does not draw)`);
}

function image(one) {
  const src = one.image_url ?? (one.slack_file.id ? `/lab/files/${one.slack_file.id}` : one.slack_file.url);
  return h("img", { src, alt: one.alt_text });
}

function element(one, block, message) {
  if (one.type === "image") return image(one);
  if (one.type === "button") return button(one, block, message);
  return unknown(one);
}

function button(one, block, message) {
  const props = { type: "button", class: `button ${one.style ?? ""}`, "aria-label": one.accessibility_label };
  const node = h("button", props, text(one.text));
  node.addEventListener("click", () => press(node, one, block, message));
  return node;
}

async function press(node, one, block, message) {
  if (one.confirm && !(await confirmed(one.confirm))) return;
  node.setAttribute("aria-busy", "true");
  const answer = await act("click", { label: one.action_id, block: block.block_id, message });
  node.removeAttribute("aria-busy");
  if (!answer.ok) toast(answer.error);
  else if (!answer.acked) toast("The app did not answer in time. Try again.");
}
