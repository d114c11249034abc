/** What moves in a step: every addend with its sender, the total, and how many are still missing. */

import { el } from "./dom.js";
import { grid } from "./grid.js";
import { cellsOf, isExact, plain, range, real, shapeText, signed, sizeText } from "./numbers.js";

const MOST_SUMS = 6; // receivers shown in one step; the ledger has all
const MOST_CELLS = 25; // arrays shown cell by cell here, as in the picture
const FEW_CELLS = 9; // the same where many arrays are shown
const MOST_NAME = 12; // letters of a path before its sum
const SHORT = 2; // addends of a sum that shares its line with another

/**
 * @typedef {import("./model.js").Model} Model
 * @typedef {import("./model.js").Step} Step
 * @typedef {import("./model.js").Data} Data
 */

/**
 * The lines of a step.
 * @param {Model} model
 * @param {Step} at
 * @returns {HTMLElement[]}
 */
export function arrivals(model, at) {
  if (at.phase === "forward" && at.frame === null) return [computed(model, at.items[0])];
  if (at.phase === "seed") return [seeded(model)];
  if (at.phase === "start") return [given(model)];
  if (at.phase === "done") return [results(model, at)];
  const receivers = [...new Set(at.rows.map((row) => model.rows[row].receiver))];
  const shown = receivers.slice(0, MOST_SUMS).map((item) => sum(model, item, at));
  const rest = receivers.length - shown.length;
  if (rest > 0) shown.push(el("p.more", `and ${rest} more in the ledger`));
  return shown;
}

/**
 * A forward step: its inputs with their values, and the result.
 * @param {Model} model
 * @param {number} number
 */
function computed(model, number) {
  const item = model.items[number];
  const inputs = (item.inputs ?? []).slice(0, 12).map((i) => {
    const input = model.items[i];
    const called = input.kind === "constant" ? null : el("span.who", input.name);
    return el("span.addend", figure(input.data, input.name, false), called);
  });
  const result = figure(item.data, item.name, false);
  const op = el("span.op", item.op ?? "");
  return line(item.name, op, ...inputs, el("span.total", "= ", result));
}

/** @param {Model} model */
function seeded(model) {
  const root = model.items[model.trace.root];
  const start = el("span.total", figure(model.trace.seed, root.name, true));
  return line(root.name, el("span.op", "starts with"), start);
}

/**
 * A gradient as a sum: what came before, what comes now, the total, the count.
 * @param {Model} model
 * @param {number} number
 * @param {Step} at
 */
function sum(model, number, at) {
  const item = model.items[number];
  const { total, count } = model.arrived(number, at);
  const here = model.into[number].slice(0, count);
  const addends = here.map((row) => addend(model, row, at));
  const shown = addends.length > 12 ? [el("span.more", "…"), ...addends.slice(-12)] : addends;
  const result = figure(/** @type {Data} */ (total), item.name, true);
  const digits = here.flatMap((row) => cellsOf(model.rows[row].amount));
  const cut = !digits.every(isExact);
  const note = cut && el("small", "rounded");
  const only = item.expects === 1 && shapeText(item.data);
  const equals = only ? note : el("span.total", "= ", result, note);
  const made = line(item.name, ...shown, equals, meter(count, item.expects));
  made.classList.toggle("long", item.expects > SHORT || shapeText(item.data) !== "");
  return made;
}

/**
 * One contribution: in full while it arrives, short afterwards.
 * @param {Model} model
 * @param {number} number
 * @param {Step} at
 */
function addend(model, number, at) {
  const row = model.rows[number];
  const now = at.rows.includes(number);
  const replaced =
    model.trace.assign && number !== model.into[row.receiver].findLast((r) => r < at.sent);
  const from = el("span.who", model.items[row.sender].name);
  const factors =
    now && row.local !== undefined
      ? el("span.factors", `${plain(real(row.upstream))} × ${plain(real(row.local))} = `)
      : null;
  const amount = figure(row.amount, "", true);
  const kind = `addend${now ? " now" : ""}${replaced ? " replaced" : ""}`;
  return el("span", { class: kind, title: model.told(number) }, factors, amount, from);
}

/**
 * How many of the contributions are here.
 * @param {number} count
 * @param {number} expects
 */
export function meter(count, expects) {
  const complete = count === expects;
  const words = complete
    ? expects === 1
      ? "the only one"
      : `all ${expects} arrived`
    : `${count} of ${expects} arrived, wait`;
  const dots =
    expects > 8
      ? []
      : Array.from({ length: expects }, (_, i) =>
          el("i", { class: i < count ? "pip full" : "pip" }),
        );
  const bar = el("span.pips", { "aria-hidden": "true" }, ...dots);
  return el("span", { class: complete ? "meter complete" : "meter" }, bar, words);
}

/**
 * The beginning: the values of the leaves.
 * @param {Model} model
 */
function given(model) {
  return leaves(model, "given", ({ name, data }) => [el("b", name), small(data, name, false)]);
}

/**
 * The end: the gradients of the leaves.
 * @param {Model} model
 * @param {Step} at
 */
function results(model, at) {
  return leaves(model, "gradients", ({ name, zero }, i) => {
    const { total } = model.arrived(i, at);
    const why = zero && el("span.who", zero);
    return [el("b", name), total === null ? "none" : small(total, name, true), why];
  });
}

/**
 * A line with the leaves.
 * @param {Model} model
 * @param {string} title
 * @param {(item: import("./model.js").Item, i: number) => any[]} parts
 */
function leaves(model, title, parts) {
  const found = model.items.flatMap((item, i) => (item.op || item.kind === "constant" ? [] : [i]));
  const chips = found.slice(0, 24).map((i) => el("span.addend", ...parts(model.items[i], i)));
  const rest = found.length - chips.length;
  if (rest > 0) chips.push(el("span.more", `and ${rest} more`));
  const made = line(title, ...chips);
  made.classList.add("long", "leaves");
  return made;
}

/**
 * A number, or an array that stands among others: its cells if they are few, else its range.
 * @param {Data} data
 * @param {string} label
 * @param {boolean} gradient
 * @returns {HTMLElement}
 */
export function small(data, label, gradient) {
  if (cellsOf(data).length <= FEW_CELLS && cellsOf(data).length) return figure(data, label, gradient);
  return el("span", el("span.who", `${sizeText(data)}, `), written(data, gradient));
}

/**
 * @param {string} name
 * @param {...(Node | string | false)} parts
 */
function line(name, ...parts) {
  const label = el("b.into", { title: name }, tail(name));
  return el("div.sum", label, el("div.addends", ...parts));
}

/**
 * The end of a long path such as "layers.0.weights.1"; any other name as it is.
 * @param {string} name
 */
function tail(name) {
  const parts = name.includes(" ") ? [] : name.split(".");
  while (parts.length > 1 && parts.join(".").length > MOST_NAME) parts.shift();
  const end = parts.join(".");
  return end && end.length < name.length ? `…${end}` : name;
}

/**
 * A number with its sign as colour, or an array as a grid.
 * @param {Data} data
 * @param {string} label
 * @param {boolean} gradient
 * @returns {HTMLElement}
 */
export function figure(data, label, gradient) {
  const count = cellsOf(data).length;
  if (shapeText(data) && count && count <= MOST_CELLS)
    {return grid(data, label, { gradient }).element;}
  return written(data, gradient);
}

/**
 * A number with its sign as colour, or the range of an array.
 * @param {Data} data
 * @param {boolean} gradient
 * @returns {HTMLElement}
 */
export function written(data, gradient) {
  const text = gradient ? signed : plain;
  if (shapeText(data)) return el("span.extremes", range(data, text, 3));
  const [x] = cellsOf(data);
  const sign = x < 0 ? "minus" : x > 0 ? "plus" : "zero";
  return el("span", { class: gradient ? `amount ${sign}` : "amount" }, text(x));
}
