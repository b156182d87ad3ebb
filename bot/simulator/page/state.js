// What the page knows: the workspace, what the person sees, the lab; and where in it the person is.

export const state = {
  me: whoIsHere(),
  world: null, // who and what is in the workspace
  view: null, // everything this person sees
  lab: null, // what the pairs really are, what the bot believes, the guide
  lost: false, // the demo does not answer
};

/** The address says as whom the page is seen, and after # where: so a reload and the browser's own buttons keep both. */
function whoIsHere() {
  return new URLSearchParams(location.search).get("as") ?? "U0ALICE";
}

const listeners = [];

/** Have `draw` called after every change. */
export function onChange(draw) {
  listeners.push(draw);
}

export function changed() {
  if (state.world && state.view) for (const draw of listeners) draw();
}

async function ask(path, options) {
  const answer = await fetch(path, options);
  return answer.json();
}

/** Do something as this person; the answer says `ok`, or `error` in Slack's words. */
export async function act(name, given = {}) {
  try {
    return await ask(`/lab/as/${state.me}/${name}`, posted(given));
  } catch {
    return { ok: false, error: "The demo does not answer." };
  }
}

/** Order a fault, or undo it. */
export async function order(path, given = {}) {
  await fetch(path, posted(given)).catch(() => {});
  await look();
}

function posted(given) {
  return { method: "POST", body: JSON.stringify(given) };
}

let busy = false;
let again = false;

/** Fetch everything anew; calls that come meanwhile make one more round of it. */
export async function look() {
  again = true;
  if (busy) return;
  busy = true;
  try {
    while (again) {
      again = false;
      await fetchAll();
      changed();
    }
  } finally {
    busy = false;
  }
}

async function fetchAll() {
  const me = state.me;
  try {
    const [world, view, lab] = await Promise.all([ask("/lab/state"), ask(`/lab/as/${me}`), ask("/lab/pairs")]);
    Object.assign(state, { world, lab, lost: false }, me === state.me && { view });
  } catch {
    state.lost = true;
  }
}

let events = null;

// A browser keeps few connections to one place: a page that nobody looks at must not hold one.
function listen() {
  if (document.hidden) {
    events?.close();
    events = null;
  } else if (!events) {
    events = new EventSource("/lab/events");
    events.addEventListener("changed", look);
    events.addEventListener("error", look);
  }
}

/** Begin, and go on for as long as the page is open. */
export function follow() {
  document.addEventListener("visibilitychange", listen);
  window.addEventListener("hashchange", changed);
  window.addEventListener("popstate", () => whoIsHere() === state.me || see(whoIsHere()));
  window.addEventListener("resize", changed);
  setInterval(() => document.hidden || look(), 2000);
  listen();
  look();
}

/** Be somebody else. */
export function become(person) {
  const url = new URL(location.href);
  url.searchParams.set("as", person);
  history.pushState(null, "", url);
  return see(person);
}

function see(person) {
  state.me = person;
  state.view = null;
  return look();
}

/** Where the person is: a channel or the app's tab, a thread in it, and what a phone shows of all that. */
export function place() {
  const [, first = "", second = "", third = ""] = decodeURIComponent(location.hash).split("/");
  const channels = state.world.channels.filter((channel) => !channel.is_im);
  const screen = !first ? "list" : first === "lab" ? "lab" : second === "thread" ? "thread" : "talk";
  if (first === "app") {
    const tab = second === "messages" ? "messages" : "home";
    return { app: true, tab, channel: state.view.direct, thread: null, screen: "talk" };
  }
  const channel = channels.find(({ id }) => id === first) ?? channels[0];
  return { app: false, channel: channel.id, name: channel.name, thread: second === "thread" ? third : null, screen };
}

export function go(path) {
  location.hash = `#/${path}`;
}

export function person(id) {
  return state.world.people.find((one) => one.id === id);
}

export function nameOf(id) {
  return person(id)?.real_name ?? id;
}

export function channelName(id) {
  return state.world.channels.find((one) => one.id === id)?.name ?? id;
}

export function messages(channel) {
  return state.view.channels[channel] ?? [];
}
