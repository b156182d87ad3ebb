// Behind the scenes: what each pair really is, what Pairkeeper believes, and the faults that can be ordered.

import { h, keep, signButton } from "./dom.js";
import { guide, guideSig } from "./guide.js";
import { labOpen } from "./side.js";
import { changed, go, order, place, state } from "./state.js";

const box = document.getElementById("lab");
let chosen = "london";

/** Draw the panel, if it is open. */
export function drawLab() {
  document.body.classList.toggle("has-lab", labOpen());
  if (!labOpen() && place().screen !== "lab") return box.replaceChildren();
  const pair = state.lab.pairs.find((one) => one.truth.name === chosen) ?? state.lab.pairs[0];
  const limited = Math.ceil(state.world.limited);
  return keep(box, [
    { key: "back", sig: "", make: () => signButton("back", "Back to the list", () => go(""), { class: "sign back" }) },
    { key: "guide", sig: guideSig(), make: guide },
    { key: "tabs", sig: chosen, make: tabs },
    { key: "sides", sig: JSON.stringify([pair, age(pair)]), make: () => sides(pair) },
    ...["primary", "secondary"].map((role) => ({
      key: `${chosen} ${role}`,
      sig: JSON.stringify(pair.truth[role]),
      make: () => server(pair.truth, role),
    })),
    { key: `${chosen} both`, sig: String(pair.truth.linked), make: () => both(pair.truth) },
    { key: "slack", sig: JSON.stringify([limited, state.world.away, state.world.sockets.length]), make: () => slack(limited) },
  ]);
}

function tabs() {
  const tab = ({ truth: { name } }) => {
    const click = () => {
      chosen = name;
      changed();
    };
    return h("button", { type: "button", role: "tab", "aria-selected": String(name === chosen), on: { click } }, name);
  };
  return h("div", { class: "pick" }, h("h2", {}, "Behind the scenes"), h("div", { class: "tabs", role: "tablist", "aria-label": "Pair" }, state.lab.pairs.map(tab)));
}

function age(pair) {
  if (!pair.believed) return "";
  const seconds = Math.max(0, Math.round(Date.now() / 1000 - pair.believed.at));
  return seconds < 90 ? `${seconds} s ago` : `${Math.round(seconds / 60)} min ago`;
}

function sides(pair) {
  const { truth, believed } = pair;
  const line = (name, really, thought) => h("tr", {}, h("th", { scope: "row" }, name), h("td", {}, really), h("td", {}, thought ?? "not looked yet"));
  const link = truth.linked ? (truth.replicating ? "replicating" : "not replicating") : "link cut";
  const lost = truth.lost.length ? truth.lost.join(", ") : "none";
  return h(
    "table",
    { class: "sides" },
    h("caption", { class: "hidden" }, `${truth.name}: truth and belief`),
    h("thead", {}, h("tr", {}, h("td", {}), h("th", { scope: "col" }, "Truth"), h("th", { scope: "col" }, "Pairkeeper believes"))),
    h(
      "tbody",
      {},
      line("Primary", really(truth.primary), believed?.primary),
      line("Secondary", really(truth.secondary), believed?.secondary),
      line("Pair", link, believed && [believed.situation, h("br"), h("small", {}, `looked ${age(pair)}`)]),
      h("tr", {}, h("th", { scope: "row" }, "Changes lost"), h("td", { colspan: "2" }, lost, truth.at_risk.length ? ` · at risk: ${truth.at_risk.join(", ")}` : "")),
    ),
  );
}

const STATES = { active: "ACTIVE", standby: "STANDBY" }; // as Pairkeeper writes them

function really(one) {
  const faults = [!one.powered && "powered off", one.frozen && "frozen", one.sick && `sick: ${one.sick}`, !one.reachable && "cut from the bot"];
  const said = faults.filter(Boolean).join(", ");
  return [STATES[one.state] ?? one.state, said && [h("br"), h("small", { class: "fault" }, said)]];
}

// What is so now, the way into the fault, the way out of it.
const SWITCHES = [
  [(one) => one.powered, ["Power off", "power_off"], ["Bring back", "power_on"]],
  [(one) => !one.sick, ["Make sick", "make_sick"], ["Heal", "heal"]],
  [(one) => !one.frozen, ["Freeze", "freeze"], ["Thaw", "thaw"]],
  [(one) => one.reachable, ["Cut from bot", "cut_from_bot"], ["Join to bot", "join_bot"]],
];
const ONCE = [
  ["Ask an unknown question", "ask_unknown_question"],
  ["Cut line before effect", "cut_before"],
  ["Cut line after effect", "cut_after"],
  ["Change host key", "change_host_key"],
  ["Replace by a fresh server", "redeploy"],
];
const RESTORE = ["Replace by one restored from the backup", "restore"]; // the vendor has only a Primary restored

function server(truth, role) {
  const one = truth[role];
  const path = `/lab/pairs/${truth.name}/${role}`;
  const switches = SWITCHES.map(([isWell, fault, mend]) => press(...(isWell(one) ? fault : mend), path, !isWell(one)));
  const once = role === "primary" ? [...ONCE, RESTORE] : ONCE;
  const notes = [
    one.joining_code && ["Its console shows the joining code ", h("code", { class: "whole" }, one.joining_code)],
    one.waiting.length && `Its next command ${one.waiting.join(" and ")}.`,
    !one.pinned && ["Its host key is not the pinned one. Its console shows ", h("code", {}, one.fingerprint)],
  ].filter(Boolean);
  const pin = one.pinned ? null : press("Write its key into the pairs file", "pin", path, true);
  return group(
    `${truth.name} ${role === "primary" ? "Primary" : "Secondary"}`,
    [h("p", { class: "what" }, `${one.address} · ${one.changes.length} changes stored`), notes.map((words) => h("p", { class: "waits" }, words))],
    [switches, once.map(([words, name]) => press(words, name, path)), pin],
  );
}

function both(truth) {
  const link = truth.linked ? ["Cut from each other", "cut_link"] : ["Join to each other", "join_link"];
  const select = h("select", { "aria-label": `Start ${truth.name} over as` }, state.lab.states.map((one) => h("option", { value: one }, one)));
  const over = () => order(`/lab/pairs/${truth.name}/restart/${select.value}`);
  const button = h("button", { type: "button", class: "button", on: { click: over } }, "Start over as");
  return group(`${truth.name}, both servers`, [], [press(...link, `/lab/pairs/${truth.name}`, !truth.linked), h("span", { class: "over" }, button, select)]);
}

function slack(limited) {
  const fault = (words, name, given, on) => h("button", { type: "button", class: on ? "button on" : "button", on: { click: () => order(`/lab/faults/${name}`, given) } }, words);
  const connected = state.world.sockets.length;
  const now = limited > 0 ? `Limited for ${limited} s more.` : state.world.away ? "Away." : connected ? "Pairkeeper is connected." : "Pairkeeper is not connected.";
  return group("Slack", [h("p", { class: "what" }, now)], [
    fault("Rate-limit 20 s", "rate_limit", { seconds: 20 }, limited > 0),
    fault("Disconnect", "disconnect", {}),
    fault("Be away 20 s", "away", { seconds: 20 }, state.world.away),
  ]);
}

function press(words, name, path, on = false) {
  return h("button", { type: "button", class: on ? "button on" : "button", on: { click: () => order(`${path}/${name}`) } }, words);
}

function group(name, words, buttons) {
  return h("section", { class: "group", role: "group", "aria-label": name }, h("h3", {}, name), words, h("div", { class: "faults" }, buttons));
}
