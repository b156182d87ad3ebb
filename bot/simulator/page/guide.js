// The first minute: three steps out of a split brain, ticked off by what has really happened.

import { suggest } from "./composer.js";
import { h, icon } from "./dom.js";
import { mrkdwn } from "./mrkdwn.js";
import { become, changed, go, nameOf, order, state } from "./state.js";

const gone = () => localStorage.getItem("guide") === "gone";

function put(value) {
  if (value) localStorage.setItem("guide", value);
  else localStorage.removeItem("guide");
  changed();
}

/** The guide as nodes, and a signature that tells whether it looks as before. */
export function guide() {
  const steps = state.lab.guide;
  if (gone()) return h("button", { type: "button", class: "link", on: { click: () => put("") } }, "Show the guide");
  const tasks = steps.flatMap((step) => step.tasks);
  const next = tasks.find((task) => !task.done);
  const dismiss = h("button", { type: "button", class: "link", on: { click: () => put("gone") } }, "Dismiss");
  return h(
    "section",
    { class: "guide", "aria-labelledby": "guide-title" },
    h("header", {}, h("h2", { id: "guide-title" }, "Your first minute"), dismiss),
    h("p", { class: "lead" }, lead(steps, next)),
    h("ol", {}, steps.map((step) => drawStep(step, next))),
    (!next || lead(steps, next) === ELSEWHERE) && h("button", { type: "button", class: "button", on: { click: again } }, "Play it again"),
  );
}

const LEAD = "london is in split brain: both servers are active, nothing replicates. Bring it back, with a second person.";
const DEMOTED = "The Primary of london is demoted, and the Secondary serves the users. Fail back, with a second person.";
const ELSEWHERE = "london is not in split brain now, so these steps do not fit it. Play it again starts it over as one.";
const DONE = "london is back to normal, and nobody could do it alone. Try paris, whose Primary has failed.";

/** What london really is: the steps fit a split brain, and what comes of it. */
function lead(steps, next) {
  if (!next) return DONE;
  if (isSplit()) return LEAD;
  return steps[1].tasks.every((task) => task.done) ? DEMOTED : ELSEWHERE;
}

function isSplit() {
  return state.lab.pairs.some((pair) => pair.truth.name === "london" && pair.truth.serving.length === 2);
}

/** What the guide depends on. */
export function guideSig() {
  return JSON.stringify([state.lab.guide, isSplit(), gone(), state.me]);
}

function drawStep(step, next) {
  const done = step.tasks.every((task) => task.done);
  const mark = done ? [icon("check"), h("span", { class: "hidden" }, "Done: ")] : [];
  return h("li", { class: done ? "done" : null }, h("h3", {}, mark, step.title), h("ul", {}, step.tasks.map((task) => drawTask(task, task === next))));
}

function drawTask(task, isNext) {
  const mark = h("span", { class: "tick" }, task.done ? icon("check") : null, h("span", { class: "hidden" }, task.done ? "Done: " : "To do: "));
  return h("li", { class: `task ${task.done ? "done" : ""} ${isNext ? "next" : ""}` }, mark, h("div", {}, mrkdwn(task.words), isNext && help(task)));
}

function help(task) {
  const someoneElse = task.who !== state.me;
  const as = someoneElse && h("button", { type: "button", class: "button", on: { click: () => become(task.who) } }, `Act as ${nameOf(task.who)}`);
  const type = !someoneElse && task.line && h("button", { type: "button", class: "button", on: { click: () => typeIt(task) } }, "Type it for me");
  return (task.line || as) && h("p", { class: "help" }, task.line && h("code", {}, task.line), as, type);
}

function typeIt(task) {
  go(task.channel);
  changed(); // the message box is there at once
  suggest(task.line);
}

function again() {
  return order("/lab/pairs/london/restart/split-brain");
}
