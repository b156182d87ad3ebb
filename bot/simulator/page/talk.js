// The conversation in the middle, and the thread beside it.

import { blocks } from "./blocks.js";
import { composer } from "./composer.js";
import { h, keep, show, signButton } from "./dom.js";
import { items } from "./message.js";
import { act, go, messages, place, state } from "./state.js";

const talk = document.getElementById("talk");
const thread = document.getElementById("thread");
let home = ""; // for whom App Home was opened last

const isReply = (post) => post.thread_ts && post.thread_ts !== post.ts && post.subtype !== "thread_broadcast";

/** Draw both. */
export function drawTalk() {
  const here = place();
  document.body.dataset.screen = here.screen;
  document.title = `${here.app ? "Pairkeeper" : `#${here.name}`} · Pairkeeper demo`;
  pane(talk, here, here.app ? `app ${here.tab}` : here.channel, () => frame(here));
  if (here.app && here.tab === "home") drawHome();
  else fillLog(talk, messages(here.channel).filter((post) => !isReply(post)), false);
  drawThread(here);
  drawBanner();
}

// Build the pane anew only when it shows another place or another person.
function pane(box, here, what, make) {
  const key = `${state.me} ${what} ${here.thread ?? ""}`;
  if (box.shown === key) return;
  box.shown = key;
  box.replaceChildren(...make());
  const log = box.querySelector(".log");
  if (log) log.follow = true;
}

function frame(here) {
  const back = signButton("back", "Back to the list", () => go(""), { class: "sign back" });
  if (!here.app) {
    const head = h("header", { class: "head" }, back, h("h2", {}, `#${here.name}`), h("p", {}, TOPICS[here.name] ?? ""));
    return [head, banner(), log(`Messages in #${here.name}`), composer({ channel: here.channel, label: `Message #${here.name}` })];
  }
  const head = h("header", { class: "head" }, back, h("h2", {}, "Pairkeeper"), tabs(here.tab));
  if (here.tab === "messages") {
    return [head, banner(), log("Messages with Pairkeeper"), composer({ channel: here.channel, direct: true, label: "Message Pairkeeper" })];
  }
  return [head, banner(), h("div", { class: "home", role: "tabpanel", "aria-label": "Home" })];
}

const TOPICS = { "pam-ops": "Recovery of the PAM pairs: ask, approve, follow", general: "Everything else" };

function tabs(chosen) {
  const tab = (name, label) =>
    h("button", { type: "button", role: "tab", "aria-selected": String(name === chosen), on: { click: () => go(`app/${name}`) } }, label);
  return h("div", { class: "tabs", role: "tablist" }, tab("home", "Home"), tab("messages", "Messages"));
}

const banner = () => h("div", { class: "banner", role: "status", hidden: true });

function log(label) {
  const box = h("div", { class: "log", role: "log", "aria-label": label, tabindex: "0" }, h("div", { class: "posts" }));
  box.addEventListener("scroll", () => {
    // A scroll that comes of another size is not the person's.
    const size = `${box.scrollHeight} ${box.clientHeight}`;
    if (size === box.size) box.follow = box.scrollHeight - box.scrollTop - box.clientHeight < 80;
    box.size = size;
  });
  // What was at the end stays at the end, also when the window changes or a file's preview grows.
  const end = () => box.follow && (box.scrollTop = box.scrollHeight);
  const sizes = new ResizeObserver(end);
  sizes.observe(box);
  sizes.observe(box.firstElementChild);
  return box;
}

const EMPTY = { key: "empty", sig: "", make: () => h("p", { class: "empty" }, "Nothing has been said here yet.") };

function fillLog(box, posts, inThread) {
  const list = box.querySelector(".log");
  if (!list) return;
  keep(list.firstElementChild, posts.length ? items(posts, inThread) : [EMPTY]);
}

function drawHome() {
  const opened = `${state.me} ${state.world.sockets.length > 0}`;
  const box = talk.querySelector(".home");
  if (home !== opened || !box.sig) {
    home = opened;
    act("home");
  }
  const view = state.view.home;
  if (!view) return show(box, "none", h("p", { class: "empty" }, "Pairkeeper has not published its Home tab yet."));
  return show(box, view.hash, h("div", { class: "blocks" }, blocks(view.blocks)));
}

function drawThread(here) {
  thread.hidden = !here.thread;
  document.body.classList.toggle("has-thread", Boolean(here.thread));
  if (!here.thread) {
    thread.shown = "";
    return thread.replaceChildren();
  }
  pane(thread, here, here.channel, () => threadFrame(here));
  const posts = messages(here.channel).filter((post) => [post.ts, post.thread_ts].includes(here.thread));
  return fillLog(thread, posts, true);
}

function threadFrame(here) {
  const close = () => go(here.channel);
  const head = h(
    "header",
    { class: "head" },
    signButton("back", "Back to the channel", close, { class: "sign back" }),
    h("h2", {}, "Thread"),
    h("p", {}, `#${here.name}`),
    signButton("close", "Close thread", close, { class: "sign wide" }),
  );
  const write = composer({ channel: here.channel, thread: here.thread, label: "Reply in thread" });
  return [head, log("Messages in the thread"), write];
}

function drawBanner() {
  const words = bannerWords();
  const box = talk.querySelector(".banner");
  box.hidden = !words;
  if (box.textContent !== words) box.textContent = words;
}

function bannerWords() {
  if (state.lost) return "The demo has ended, or does not answer.";
  const { note } = state.lab;
  if (note === "starting") return "Pairkeeper is starting: a few seconds.";
  if (note !== "ready") return `Pairkeeper did not start. ${note}`;
  if (state.world.away) return "Slack is away for Pairkeeper.";
  if (state.world.limited > 0) return `Slack is limiting Pairkeeper's calls: ${Math.ceil(state.world.limited)} s more.`;
  return state.world.sockets.length ? "" : "Pairkeeper is not connected to Slack. It connects again by itself.";
}
