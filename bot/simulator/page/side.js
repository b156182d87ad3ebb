// The list at the left, and the tools at the top: as whom, light or dark, the lab.

import { h, icon, show, signButton } from "./dom.js";
import { face } from "./message.js";
import { become, messages, place, state } from "./state.js";

const ROLES = {
  U0ALICE: "on call",
  U0DAVE: "on call",
  U0BOB: "on call, approver",
  U0CAROL: "approver",
  U0OLIVIA: "outsider",
};

/** Draw both; channels with something new are bold, direct messages are counted. */
export function drawSide() {
  const here = place();
  read(here);
  const channels = state.world.channels.filter((one) => !one.is_im && one.members.includes(state.me));
  const rows = channels.map((one) => row(one.id, [icon("hash"), one.name], here.channel === one.id && here.screen !== "lab", unread(one.id)));
  const app = row("app/messages", [face(state.world.bot.user), "Pairkeeper"], here.app, unread(state.view.direct));
  app.href = unread(state.view.direct) ? "#/app/messages" : "#/app/home";
  const lab = row("lab", [icon("panel"), "Guide and faults"], here.screen === "lab", 0);
  lab.classList.add("narrow");
  const sig = JSON.stringify([here, channels.map((one) => unread(one.id)), unread(state.view.direct), state.me]);
  show(side, sig, h("h2", {}, "Channels"), rows, h("h2", {}, "Apps"), app, h("h2", { class: "narrow" }, "Lab"), lab);
  drawTools();
}

const side = document.getElementById("side");

function row(path, words, current, news) {
  const badge = news ? h("span", { class: "news" }, String(news), h("span", { class: "hidden" }, " new")) : null;
  return h("a", { href: `#/${path}`, "aria-current": current ? "page" : null, class: news ? "row fresh" : "row" }, words, badge);
}

const marks = () => JSON.parse(localStorage.getItem(`read ${state.me}`) ?? "{}");

function read(here) {
  const last = messages(here.channel).at(-1)?.ts;
  const known = marks();
  const looking = !document.hidden && !(here.app && here.tab === "home");
  if (!looking || !last || known[here.channel] === last) return;
  localStorage.setItem(`read ${state.me}`, JSON.stringify({ ...known, [here.channel]: last }));
}

function unread(channel) {
  const since = Number(marks()[channel] ?? 0);
  return messages(channel).filter((post) => Number(post.ts) > since && post.user !== state.me).length;
}

function drawTools() {
  const theme = localStorage.getItem("theme") ?? "auto";
  document.documentElement.dataset.theme = theme;
  const people = state.world.people.filter((one) => !one.is_bot);
  const option = (one) => h("option", { value: one.id, selected: one.id === state.me }, `${one.real_name} · ${ROLES[one.id] ?? one.kind}`);
  const select = h("select", { id: "as", on: { change: (event) => become(event.target.value) } }, people.map(option));
  const next = { auto: "light", light: "dark", dark: "auto" }[theme];
  const turn = () => {
    localStorage.setItem("theme", next);
    drawTools();
  };
  const open = labOpen();
  const panel = signButton("panel", open ? "Hide guide and faults" : "Show guide and faults", toggleLab, { "aria-pressed": String(open), class: "sign wide" });
  const colours = signButton(theme, `Colours: ${theme}. Change to ${next}`, turn);
  show(document.getElementById("tools"), `${state.me} ${theme} ${open}`, h("label", { for: "as" }, "Act as"), select, colours, panel);
}

/** Whether the lab is shown beside the talk: as the person chose, else where there is room. */
export function labOpen() {
  return (localStorage.getItem("lab") ?? (window.innerWidth >= 1080 ? "open" : "closed")) === "open";
}

function toggleLab() {
  localStorage.setItem("lab", labOpen() ? "closed" : "open");
  document.body.classList.toggle("has-lab", labOpen());
  drawTools();
}
