// Slack's markup as elements: *bold* _italics_ ~strike~ `code` ```block``` > quote • list <@U…> <#C…> <!date^…> <link|words>

import { h } from "./dom.js";
import { channelName, nameOf, person, state } from "./state.js";

const MARKS = { "*": "strong", _: "em", "~": "s" };
const WORD = /[\p{L}\p{N}]/u;
const JOINER = "\u2060"; // after a mark it says: this is no markup

/** The text as a list of nodes. */
export function mrkdwn(text) {
  return text.split(/```\n?([\s\S]+?)```/).flatMap((part, place) => (place % 2 ? [pre(part)] : lines(part)));
}

/** Plain text: only Slack's three escapes are undone, and lines kept. */
export function plain(text) {
  return unescaped(text)
    .split("\n")
    .flatMap((line, place) => (place ? [h("br"), line] : [line]));
}

export function unescaped(text) {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

function pre(text) {
  return h("pre", { tabindex: "0" }, unescaped(text.replace(/\n$/, "")));
}

function lines(text) {
  const found = [];
  let after = true; // nothing, or a block, stands before: no line break is needed
  for (const line of text.replace(/^\n|\n$/g, "").split("\n")) {
    const [, sign, rest] = line.match(/^(•|&gt;)\s?(.*)$/) ?? [];
    if (sign) found.push(h(sign === "•" ? "div" : "blockquote", { class: sign === "•" ? "point" : null }, inline(rest)));
    else found.push(...(after ? [] : [h("br")]), ...inline(line));
    after = Boolean(sign);
  }
  return text ? found : [];
}

function inline(text) {
  const found = [];
  let words = "";
  const end = () => {
    if (words) found.push(unescaped(words));
    words = "";
  };
  for (let at = 0; at < text.length; ) {
    const [node, length] = special(text, at);
    if (length) {
      end();
      found.push(node);
      at += length;
    } else words += text[at++];
  }
  end();
  return found;
}

// The element that begins at this place, and how many characters it takes; [null, 0] where none does.
function special(text, at) {
  const rest = text.slice(at);
  const code = rest.match(/^`([^`]+)`/);
  const short = code && code[1].length < 40 && !/\s/.test(code[1]); // a longer one is wider than a phone
  if (code) return [h("code", { class: short ? "whole" : null }, unescaped(code[1])), code[0].length];
  const entity = rest.match(/^<([^<>]+)>/);
  if (entity) return [angled(entity[1]), entity[0].length];
  const close = MARKS[text[at]] ? closing(text, at) : -1;
  return close < 0 ? [null, 0] : [h(MARKS[text[at]], {}, inline(text.slice(at + 1, close))), close + 1 - at];
}

function closing(text, at) {
  const mark = text[at];
  const before = text[at - 1] ?? " ";
  if (WORD.test(before) || [" ", JOINER, mark, undefined].includes(text[at + 1])) return -1;
  for (let place = at + 1; place < text.length; place++) {
    const skipped = text.slice(place).match(/^(`[^`]+`|<[^<>]+>)/);
    if (skipped) place += skipped[0].length - 1;
    else if (text[place] === mark && closes(text, place)) return place;
  }
  return -1;
}

function closes(text, place) {
  const after = text[place + 1] ?? " ";
  return text[place - 1] !== " " && after !== JOINER && !WORD.test(after);
}

function angled(inside) {
  const [target, words] = inside.split(/\|(.*)/s);
  if (target.startsWith("@")) return mention(target.slice(1));
  if (target.startsWith("#")) return h("a", { class: "mention", href: `#/${target.slice(1)}` }, `#${channelName(target.slice(1))}`);
  if (target.startsWith("!date^")) return date(target, words);
  if (target.startsWith("!subteam^")) return h("span", { class: "mention" }, words ?? groupName(target.slice(9)));
  if (target.startsWith("!")) return h("span", { class: "mention" }, `@${target.slice(1)}`);
  if (!/^(https?|mailto):/.test(target)) return unescaped(words ?? target);
  return h("a", { href: unescaped(target), target: "_blank", rel: "noreferrer" }, unescaped(words ?? target));
}

function mention(id) {
  const me = id === state.me ? "mention me" : "mention";
  return h("span", { class: me, title: person(id) ? `${id} · @${person(id).name}` : id }, `@${nameOf(id)}`);
}

function groupName(id) {
  return `@${state.world.groups.find((group) => group.id === id)?.handle ?? id}`;
}

function date(target, fallback) {
  const [, seconds, form] = target.split("^");
  const when = new Date(Number(seconds) * 1000);
  if (Number.isNaN(when.getTime())) return unescaped(fallback ?? "");
  const said = form.replace(/\{(\w+)\}/g, (all, name) => (FORMS[name] ? FORMS[name](when) : all));
  return h("time", { datetime: when.toISOString(), title: when.toLocaleString() }, said);
}

const day = (when, how) => when.toLocaleDateString(undefined, how);
const time = (when, how) => when.toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit", ...how });
const FORMS = {
  time: (when) => time(when),
  time_secs: (when) => time(when, { second: "2-digit" }),
  date: (when) => day(when, { dateStyle: "long" }),
  date_short: (when) => day(when, { dateStyle: "medium" }),
  date_long: (when) => day(when, { dateStyle: "full" }),
  date_num: (when) => when.toISOString().slice(0, 10),
};
FORMS.date_pretty = FORMS.date;
FORMS.date_short_pretty = FORMS.date_short;
FORMS.date_long_pretty = FORMS.date_long;
