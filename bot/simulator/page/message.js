// One message: who, when, what; its files, its thread.

import { blocks } from "./blocks.js";
import { h, icon, signButton } from "./dom.js";
import { mrkdwn } from "./mrkdwn.js";
import { go, nameOf, person, state } from "./state.js";

const GROUP = 300; // seconds within which a person's next message goes without the name

/** The items for `keep`: messages in order, each grouped under the one before it where that is the same person's. */
export function items(posts, inThread) {
  return posts.flatMap((post, place) => {
    const before = posts[place - 1];
    const fresh = before === undefined || dayOf(before) !== dayOf(post);
    const grouped = !fresh && follows(before, post);
    const sig = JSON.stringify([post, grouped, inThread, state.me]);
    const item = { key: post.ts, sig, make: () => message(post, grouped, inThread) };
    return fresh ? [{ key: `day ${dayOf(post)}`, sig: dayOf(post), make: () => day(dayOf(post)) }, item] : [item];
  });
}

function follows(before, post) {
  const close = Number(post.ts) - Number(before.ts) < GROUP && !before.reply_count;
  return close && before.user === post.user && before.is_ephemeral === post.is_ephemeral;
}

function at(post) {
  return new Date(Number(post.ts) * 1000);
}

function dayOf(post) {
  return at(post).toLocaleDateString(undefined, { weekday: "long", day: "numeric", month: "long" });
}

function day(words) {
  const today = new Date().toLocaleDateString(undefined, { weekday: "long", day: "numeric", month: "long" });
  return h("div", { class: "day" }, h("span", {}, words === today ? "Today" : words));
}

export function clock(when) {
  return when.toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });
}

/** Hours and minutes alone, which fit the margin in every language: without "PM", or "下午". */
function shortClock(when) {
  const parts = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" }).formatToParts(when);
  return parts.filter(({ type }) => type === "hour" || type === "minute").map(({ value }) => value).join(":");
}

/** A square with a person's initials, or the app's mark. */
export function face(id) {
  const who = person(id);
  if (who?.is_bot && id !== "USLACKBOT") return h("img", { class: "face", src: "/page/mark.svg", alt: "" });
  const initials = nameOf(id).split(" ").map((word) => word[0]).join("").slice(0, 2);
  const hue = [...id].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 360, 7);
  return h("span", { class: "face", hue: String(hue), "aria-hidden": "true" }, initials);
}

function message(post, grouped, inThread) {
  const when = at(post);
  const name = nameOf(post.user);
  const only = post.is_ephemeral ? ", only visible to you" : "";
  const kind = `message ${grouped ? "grouped" : ""} ${post.is_ephemeral ? "only-you" : ""}`;
  return h(
    "article",
    { class: kind, "aria-label": `${name}, ${clock(when)}${only}`, tabindex: "-1" },
    grouped ? h("time", { class: "margin", datetime: when.toISOString() }, shortClock(when)) : face(post.user),
    h(
      "div",
      { class: "content" },
      post.is_ephemeral && !grouped && h("p", { class: "only" }, icon("eye"), "Only visible to you"),
      !grouped && head(post, name, when),
      body(post),
      (post.files ?? []).map(file),
      !inThread && replies(post),
    ),
    !inThread && !post.is_ephemeral && signButton("reply", "Reply in thread", () => openThread(post)),
  );
}

function head(post, name, when) {
  return h(
    "header",
    {},
    h("span", { class: "name" }, name),
    person(post.user)?.is_bot && h("span", { class: "badge" }, "App"),
    h("time", { datetime: when.toISOString(), title: when.toLocaleString() }, clock(when)),
  );
}

function body(post) {
  const { channel, ts } = post;
  if (post.blocks?.length) return h("div", { class: "blocks" }, blocks(post.blocks, { channel, ts }));
  return post.text ? h("div", { class: "text" }, mrkdwn(post.text)) : null;
}

function openThread(post) {
  go(`${post.channel}/thread/${post.thread_ts ?? post.ts}`);
}

function replies(post) {
  if (post.subtype === "thread_broadcast") {
    const open = { type: "button", class: "link", on: { click: () => openThread(post) } };
    return h("button", open, "Also in a thread: open the thread");
  }
  if (!post.reply_count) return null;
  const words = `${post.reply_count} ${post.reply_count === 1 ? "reply" : "replies"}`;
  return h(
    "button",
    { type: "button", class: "replies", on: { click: () => openThread(post) } },
    (post.reply_users ?? []).slice(0, 3).map(face),
    h("strong", {}, words),
    h("span", {}, `last at ${clock(new Date(Number(post.latest_reply) * 1000))}`),
  );
}

const SHORT = 8; // lines of a text file shown at first

function file(one) {
  const address = `/lab/files/${one.id}`;
  const isImage = one.mimetype.startsWith("image/");
  const name = h("a", { href: address, target: "_blank" }, one.name);
  const title = one.title && one.title !== one.name ? `${one.title} · ` : "";
  return h(
    "figure",
    { class: "file" },
    h("figcaption", {}, title, name),
    isImage ? h("img", { src: address, alt: one.alt_txt || one.title || one.name }) : preview(address, one.name),
  );
}

function preview(address, name) {
  const text = h("pre", { tabindex: "0", "aria-label": `Beginning of ${name}` });
  const box = h("div", {}, text);
  fetch(address)
    .then((answer) => answer.text())
    .then((whole) => fold(box, text, whole.trimEnd().split("\n")));
  return box;
}

function fold(box, text, lines) {
  text.textContent = lines.slice(0, SHORT).join("\n");
  if (lines.length <= SHORT) return;
  const more = h("button", { type: "button", class: "link", "aria-expanded": "false" }, `Show all ${lines.length} lines`);
  more.addEventListener("click", () => {
    const open = more.getAttribute("aria-expanded") === "false";
    more.setAttribute("aria-expanded", String(open));
    text.textContent = (open ? lines : lines.slice(0, SHORT)).join("\n");
    more.textContent = open ? "Show less" : `Show all ${lines.length} lines`;
  });
  box.append(more);
}
