/** Building elements: text stays text, whatever names people give their nodes. */

const SVG = "http://www.w3.org/2000/svg";

/** Paths of the icons, in a box of 16 by 16. */
const ICONS = {
  first: "M3 3v10M13 3 6 8l7 5z",
  back: "M11 3 4 8l7 5z",
  next: "M5 3l7 5-7 5z",
  play: "M4 2.5v11L13 8z",
  pause: "M5 3v10M11 3v10",
  turn: "M13 4v3a3 3 0 0 1-3 3H4m3-3-3 3 3 3",
  close: "M4 4l8 8M12 4l-8 8",
};

/**
 * Set attributes and listeners on an element: `onclick` listens, false and null leave out.
 * @param {Element} element
 * @param {Record<string, any>} attributes
 */
function set(element, attributes) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : String(value));
  }
}

/**
 * An element: `el("div.card", { title: "x" }, child, "text")`. Attributes may be left out; strings
 * become text; a child that is not there is left out.
 * @param {string} kind the tag, and after a dot its classes
 * @param {...any} parts
 * @returns {any}
 */
export function el(kind, ...parts) {
  const [tag, classes] = kind.split(".");
  const element = document.createElement(tag);
  if (classes) element.className = classes;
  if (parts[0]?.constructor === Object) set(element, parts.shift());
  element.append(...parts.filter((child) => child || child === ""));
  return element;
}

/**
 * An element of a picture.
 * @param {string} tag
 * @param {Record<string, any>} attributes
 * @param {...(Node | string)} children
 * @returns {SVGElement}
 */
export function shape(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  set(element, attributes);
  element.append(...children);
  return element;
}

/**
 * @param {keyof typeof ICONS} name
 * @returns {SVGElement}
 */
export function icon(name) {
  const path = shape("path", { d: ICONS[name] });
  return shape("svg", { class: "icon", viewBox: "0 0 16 16", "aria-hidden": "true" }, path);
}

/**
 * A button with an icon, words, or both.
 * @param {string} label
 * @param {() => void} onclick
 * @param {{icon?: keyof typeof ICONS, kind?: string, title?: string, name?: string}} [options]
 *   name: what it is called, where the label is only a sign
 * @returns {HTMLButtonElement}
 */
export function button(label, onclick, options = {}) {
  const face = options.icon ? [icon(options.icon), el("span", label)] : [label];
  const { kind = "button", title, name } = options;
  return el("button", { type: "button", class: kind, title, "aria-label": name, onclick }, ...face);
}

/**
 * A labelled choice.
 * @param {string} label
 * @param {[string, string][]} choices values and what they are called
 * @param {string} chosen
 * @param {(value: string) => void} onchange
 * @returns {{element: HTMLElement, select: HTMLSelectElement}}
 */
export function choice(label, choices, chosen, onchange) {
  const options = choices.map(([value, text]) =>
    el("option", { value, selected: value === chosen }, text),
  );
  const select = el("select", { onchange: () => onchange(select.value) }, ...options);
  return { element: el("label.choice", el("span", label), select), select };
}
