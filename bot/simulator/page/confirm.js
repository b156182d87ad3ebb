// The dialog that a button may put before itself.

import { h } from "./dom.js";
import { mrkdwn, plain } from "./mrkdwn.js";

/** Ask; true when the person goes on. */
export function confirmed(asked) {
  return new Promise((answer) => {
    let yes = false;
    const close = (said) => () => {
      yes = said;
      dialog.close();
    };
    const words = asked.text.type === "mrkdwn" ? mrkdwn : plain;
    const dialog = h(
      "dialog",
      { class: "modal confirm", role: "alertdialog", "aria-labelledby": "confirm-title", "aria-describedby": "confirm-text" },
      h("h2", { id: "confirm-title" }, asked.title.text),
      h("div", { id: "confirm-text", class: "body" }, words(asked.text.text)),
      h(
        "footer",
        {},
        h("button", { type: "button", class: "button", autofocus: true, on: { click: close(false) } }, asked.deny?.text ?? "Cancel"),
        h("button", { type: "button", class: `button ${asked.style ?? "primary"}`, on: { click: close(true) } }, asked.confirm?.text ?? "Yes"),
      ),
    );
    // The browser closes it on Escape, whatever the page says.
    dialog.addEventListener("close", () => {
      dialog.remove();
      answer(yes);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
