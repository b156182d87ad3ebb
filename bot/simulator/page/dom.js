// Elements, built by hand: text is always a text node, so nothing that anybody typed can become markup.

const SVG = "http://www.w3.org/2000/svg";

/** An element; `on` holds listeners, a false, null or undefined property is left out. */
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === false || value === null || value === undefined) continue;
    if (name === "on") for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    else if (name === "value") node.value = value;
    else if (name === "hue") node.style.setProperty("--hue", value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

const PATHS = {
  back: "M15 5l-7 7 7 7",
  close: "M6 6l12 12M18 6L6 18",
  send: "M4 12l16-8-6 16-3-7z",
  eye: "M2 12s4-7 10-7 10 7 10 7-4 7-10 7S2 12 2 12zM12 9a3 3 0 100 6 3 3 0 000-6z",
  reply: "M4 5h16v11H10l-6 4z",
  check: "M5 12.5l4.5 4.5L19 7.5",
  hash: "M5 9h15M4 15h15M10 4L8 20M16 4l-2 16",
  panel: "M4 5h16v14H4zM14 5v14",
  light: "M12 8a4 4 0 100 8 4 4 0 000-8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.5 1.5M17.5 17.5L19 19M5 19l1.5-1.5M17.5 6.5L19 5",
  dark: "M20 14.5A8.5 8.5 0 019.5 4 8.5 8.5 0 1020 14.5z",
  auto: "M12 3a9 9 0 100 18 9 9 0 000-18zM12 3v18",
};

/** A drawn sign; decoration only, the words stand beside it or in a label. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  for (const [key, value] of Object.entries({ viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true" })) {
    svg.setAttribute(key, value);
  }
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

/** A button that shows only a sign; `label` is what it is called. */
export function signButton(name, label, click, props = {}) {
  return h("button", { type: "button", class: "sign", "aria-label": label, title: label, on: { click }, ...props }, icon(name));
}

/**
 * Make the children of `box` these items, in this order: {key, sig, make}. What has the same key and the same
 * signature stays the very element it was, with its focus and what was typed into it.
 */
export function keep(box, items) {
  const old = new Map([...box.children].map((node) => [node.key, node]));
  let changed = false;
  items.forEach(({ key, sig, make }, place) => {
    let node = old.get(key);
    old.delete(key);
    if (!node || node.sig !== sig) {
      const fresh = Object.assign(make(), { key, sig });
      if (node) replace(node, fresh);
      node = fresh;
      changed = true;
    }
    if (box.children[place] !== node) box.insertBefore(node, box.children[place] ?? null);
  });
  for (const node of old.values()) node.remove();
  return changed || old.size > 0;
}

function replace(node, fresh) {
  const held = node.contains(document.activeElement) ? document.activeElement.textContent : null;
  node.replaceWith(fresh);
  if (held === null) return;
  const same = [...fresh.querySelectorAll("button, a, select, input")].find((each) => each.textContent === held);
  (same ?? fresh).focus();
}

/** Show only what was not shown yet. */
export function show(box, sig, ...children) {
  if (box.sig === sig) return false;
  box.sig = sig;
  box.replaceChildren(...children.flat(Infinity).filter(Boolean));
  return true;
}

/** A sentence that goes away by itself. */
export function toast(words) {
  const box = document.getElementById("toasts");
  const close = () => note.remove();
  const note = h("div", { class: "toast" }, h("span", {}, words), signButton("close", "Dismiss", close));
  box.append(note);
  setTimeout(close, 9000);
}
