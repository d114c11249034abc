/** The why card: one node, its addends with their senders, its sum, its zero, its nudge. */

import { meter, written } from "./arrivals.js";
import { cellsView } from "./cells.js";
import { button, el } from "./dom.js";
import { brief, plain, range, real, shapeText, signed } from "./numbers.js";

/**
 * @typedef {import("./model.js").Model} Model
 * @typedef {import("./model.js").Step} Step
 * @typedef {{pick: (item: number) => void, filter: (item: number) => void,
 *   close: () => void}} Actions
 */

/**
 * The card of one node, as far as things are known after a step.
 * @param {Model} model
 * @param {number} number
 * @param {Step} at
 * @param {boolean} hide whether numbers are to be guessed
 * @param {Actions} actions
 * @returns {HTMLElement}
 */
export function whyCard(model, number, at, hide, actions) {
  const item = model.items[number];
  const { total, complete } = model.arrived(number, at);
  const known = total !== null && !hide;
  const array = shapeText(item.data) !== "";
  const asks = array
    ? `Where does the gradient of ${item.name} come from?`
    : `Why is the gradient of ${item.name} ${known ? brief(total, signed) : ""}?`;
  const title = complete && known ? asks : item.name;
  const card = el(
    "div.panel why",
    { role: "group", "aria-label": `Why ${item.name}` },
    el(
      "div.tools",
      el("strong", { title: item.full }, title),
      button("Close", actions.close, { icon: "close", kind: "small" }),
    ),
    el("p.facts", ...facts(model, number, at)),
  );
  if (model.into[number].length) card.append(addends(model, number, at, hide, actions));
  if (complete && !hide) card.append(...reasons(model, number));
  if (item.op) card.append(el("p.says", model.says(item)));
  if (array && model.isMade(number, at)) card.append(cellsView(model, number, at));
  card.append(neighbours(model, number, actions));
  if (model.into[number].length) card.append(symbols(model, number));
  return card;
}

/**
 * @param {Model} model
 * @param {number} number
 * @param {Step} at
 */
function facts(model, number, at) {
  const item = model.items[number];
  const made = model.isMade(number, at);
  const kind = [item.kind, shapeText(item.data)].filter(Boolean).join(", ");
  const value = made ? range(item.data) : "not computed yet";
  return [el("span.tag", kind), ` ${model.recipe(item)} = `, el("b", value)];
}

/**
 * The table of addends; those still to come are named, without their numbers.
 * @param {Model} model
 * @param {number} number
 * @param {Step} at
 * @param {boolean} hide
 * @param {Actions} actions
 */
function addends(model, number, at, hide, actions) {
  const item = model.items[number];
  const { total, count } = model.arrived(number, at);
  const lines = model.into[number].map((row, i) => {
    const secret = hide && at.rows.includes(row);
    return addendRow(model, row, i < count && !secret, actions);
  });
  const shown = lines.length > 40 ? lines.slice(0, 40) : lines;
  const cut = lines.length - shown.length;
  const sum = total === null || hide ? "" : written(total, true);
  const foot = el(
    "tr",
    el("th", { scope: "row" }, model.trace.assign ? "what is left" : "sum"),
    el("td", meter(count, item.expects), cut > 0 && ` and ${cut} more in the ledger`),
    el("td.number", sum),
  );
  const heads = ["from", "upstream × slope", "adds"].map((head, i) =>
    el("th", { scope: "col", class: i ? "number" : null }, head),
  );
  return el(
    "div.scroll",
    el("table.ledger", el("thead", el("tr", ...heads)), el("tbody", ...shown), el("tfoot", foot)),
  );
}

/**
 * @param {Model} model
 * @param {number} number
 * @param {boolean} here
 * @param {Actions} actions
 */
function addendRow(model, number, here, actions) {
  const row = model.rows[number];
  const { name } = model.items[row.sender];
  const from = el(
    "td",
    button(name, () => actions.pick(row.sender), { kind: "name" }),
  );
  if (!here) return el("tr.waiting", from, el("td.number", { colspan: "2" }, "not yet"));
  const factors =
    row.local === undefined ? "" : `${plain(real(row.upstream))} × ${plain(real(row.local))}`;
  const zero = row.zero ? el("small.why-zero", row.zero) : null;
  return el(
    "tr",
    from,
    el("td.number", factors),
    el("td.number", written(row.amount, true), " ", zero),
  );
}

/**
 * The reason of a zero, what a nudge does, and what earlier passes left.
 * @param {Model} model
 * @param {number} number
 */
function reasons(model, number) {
  const { why_zero: zero, nudge, before } = model.items[number];
  const parts = [];
  if (zero) parts.push(el("p.reason", zero));
  if (nudge) parts.push(el("p.nudge", el("b", "Nudge it: "), nudge));
  if (before !== undefined) {
    parts.push(el("p.reason", `Earlier passes had left ${brief(before, signed)} in .grad.`));
  }
  return parts;
}

/**
 * Buttons to the nodes around this one.
 * @param {Model} model
 * @param {number} number
 * @param {Actions} actions
 */
function neighbours(model, number, actions) {
  const item = model.items[number];
  const readers = [...new Set(model.readers[number].map(({ reader }) => reader))];
  const chips = (/** @type {number[]} */ list) =>
    list
      .slice(0, 16)
      .map((i) => button(model.items[i].name, () => actions.pick(i), { kind: "chip" }));
  const line = el("div.neighbours");
  if (item.inputs) line.append(el("span", "made from"), ...chips([...new Set(item.inputs)]));
  if (readers.length) line.append(el("span", "read by"), ...chips(readers));
  if (model.into[number].length) {
    line.append(button("Only this in the ledger", () => actions.filter(number), { kind: "small" }));
  }
  return line;
}

/**
 * The same as a formula, for those who like symbols.
 * @param {Model} model
 * @param {number} number
 */
function symbols(model, number) {
  const d = (/** @type {string} */ of, /** @type {string} */ by) => `∂${of}/∂${by}`;
  const { name } = model.items[number];
  const root = model.items[model.trace.root].name;
  const terms = model.into[number].slice(0, 8).map((row) => {
    const sender = model.items[model.rows[row].sender].name;
    return sender === root ? d(root, name) : `${d(root, sender)} · ${d(sender, name)}`;
  });
  if (model.into[number].length > 8) terms.push("…");
  const whole = model.readers[number].length === 1 && terms[0] === d(root, name);
  const text = whole ? d(root, name) : `${d(root, name)} = ${terms.join(" + ")}`;
  return el("details.symbols", el("summary", "In symbols"), el("p", text));
}
