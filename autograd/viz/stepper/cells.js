/**
 * The cells of one array: its value, its gradient, what it reads and who reads it.
 *
 * A cell that is pointed at lights up its partners: a pooled cell its window and the winner, a
 * kernel weight every use, a pixel every window that saw it.
 */

import { el } from "./dom.js";
import { grid, indexText } from "./grid.js";
import { cellsOf, plain, signed } from "./numbers.js";

/**
 * @typedef {import("./model.js").Model} Model
 * @typedef {import("./model.js").Links} Links
 * @typedef {import("./model.js").Data} Data
 * @typedef {{links: Links, grid: import("./grid.js").Grid, reads: boolean, item: number}} Partner
 *   reads: whether the array that was opened reads this one, or is read by it
 */

/**
 * The winners among the inputs of an operation that passes some cells on and drops the others;
 * null where the operation does something else.
 * @param {Links} links
 * @param {number[]} inputs
 * @param {number[]} outputs
 * @returns {Set<number> | null}
 */
export function winners(links, inputs, outputs) {
  const sums = new Map();
  const won = new Set();
  let dropped = false;
  for (let i = 0; i < links.out.length; i += 1) {
    const slope = Number(links.slope[i]);
    if (!(slope >= 0 && slope <= 1)) return null;
    if (slope > 0 && inputs[links.in[i]] !== outputs[links.out[i]]) return null;
    sums.set(links.out[i], (sums.get(links.out[i]) ?? 0) + slope);
    if (slope > 0) won.add(links.in[i]);
    else dropped = true;
  }
  const whole = [...sums.values()].every((sum) => Math.abs(sum - 1) < 1e-6);
  return dropped && whole ? won : null;
}

/**
 * The cells of an item that win in any of its readers.
 * @param {Model} model
 * @param {number} item
 * @returns {Set<number>}
 */
function wins(model, item) {
  /** @type {Set<number>} */
  const all = new Set();
  for (const { reader, slot } of model.readers[item]) {
    const { links, data } = model.items[reader];
    const link = links?.[slot];
    const won = link && winners(link, cellsOf(model.items[item].data), cellsOf(data));
    for (const flat of won ?? []) all.add(flat);
  }
  return all;
}

/**
 * The view of one array.
 * @param {Model} model
 * @param {number} number
 * @param {import("./model.js").Step} at
 * @returns {HTMLElement}
 */
export function cellsView(model, number, at) {
  const item = model.items[number];
  const { total } = model.arrived(number, at);
  const note = el(
    "div.cell-note",
    { "aria-live": "polite" },
    "Point at a cell, or move with the arrow keys, to see its partners.",
  );
  const board = new Board(model, number, note);
  const own = [titled("value", board.own(item.data, {}))];
  if (total !== null) own.push(titled("gradient", board.own(total, { gradient: true })));
  const made = model.isMade(number, at);
  const partners = made ? board.partners(at) : [];
  return el(
    "div.cells",
    el("div.grids", ...own),
    note,
    partners.length > 0 && el("div.grids partners", ...partners),
  );
}

/**
 * @param {string} title
 * @param {Node} body
 */
function titled(title, body) {
  return el("div.titled", el("span.caption", title), body);
}

/** The grids of one array and of its partners, and what lights up in them. */
class Board {
  /**
   * @param {Model} model
   * @param {number} number
   * @param {HTMLElement} note
   */
  constructor(model, number, note) {
    this.model = model;
    this.number = number;
    this.note = note;
    /** @type {import("./grid.js").Grid[]} */
    this.mine = [];
    /** @type {Partner[]} */
    this.others = [];
    /** @type {Data | null} */
    this.total = null;
  }

  /**
   * A grid of the array itself.
   * @param {Data} data
   * @param {import("./grid.js").Look} look
   */
  own(data, look) {
    const { name } = this.model.items[this.number];
    const label = `${look.gradient ? "gradient" : "value"} of ${name}`;
    const winning = look.gradient ? undefined : wins(this.model, this.number);
    if (look.gradient) this.total = data;
    const made = grid(data, label, {
      ...look,
      winners: winning,
      onpick: (flat) => this.pick(flat),
    });
    this.mine.push(made);
    return made.element;
  }

  /**
   * The grids of what the array reads, and of the gradients of its readers.
   * @param {import("./model.js").Step} at
   * @returns {HTMLElement[]}
   */
  partners(at) {
    const { items, readers } = this.model;
    const item = items[this.number];
    const found = (item.links ?? []).map(
      (links, slot) =>
        links &&
        this.#partner(
          links,
          (item.inputs ?? [])[slot],
          items[(item.inputs ?? [])[slot]].data,
          true,
        ),
    );
    for (const { reader, slot } of readers[this.number]) {
      const links = items[reader].links?.[slot];
      const { total } = this.model.arrived(reader, at);
      if (links && total !== null) found.push(this.#partner(links, reader, total, false));
      else if (links && this.model.isMade(reader, at)) {
        found.push(this.#partner(links, reader, items[reader].data, false, false));
      }
    }
    return found.filter((one) => one !== null);
  }

  /**
   * @param {Links} links
   * @param {number} item
   * @param {Data} data
   * @param {boolean} reads
   * @param {boolean} [gradient]
   */
  #partner(links, item, data, reads, gradient = !reads) {
    const { name, data: value } = this.model.items[item];
    const mine = cellsOf(this.model.items[this.number].data);
    const won = reads ? winners(links, cellsOf(value), mine) : null;
    const what = gradient ? "gradient of" : "value of";
    const made = grid(data, `${what} ${name}`, { gradient, winners: won ?? undefined });
    this.others.push({ links, grid: made, reads, item });
    const title = reads ? `reads ${name}` : `${what} ${name}, which reads it`;
    return titled(title, made.element);
  }

  /**
   * Light up one cell and its partners, and say how its gradient comes together.
   * @param {number} flat
   */
  pick(flat) {
    for (const one of this.mine) light(one.cells, new Map([[flat, "picked"]]));
    for (const partner of this.others) light(partner.grid.cells, this.#partnersOf(partner, flat));
    this.note.replaceChildren(...this.#told(flat));
  }

  /**
   * Which cells of a partner belong to one cell, and how.
   * @param {Partner} partner
   * @param {number} flat
   */
  #partnersOf({ links, reads }, flat) {
    const [here, there] = reads ? [links.out, links.in] : [links.in, links.out];
    /** @type {Map<number, string>} */
    const lit = new Map();
    here.forEach((cell, i) => {
      if (cell === flat) lit.set(there[i], Number(links.slope[i]) === 0 ? "seen" : "used");
    });
    return lit;
  }

  /**
   * The ledger of one cell.
   * @param {number} flat
   * @returns {HTMLElement[]}
   */
  #told(flat) {
    const { items } = this.model;
    const item = items[this.number];
    const shape = typeof item.data === "object" ? item.data.shape : [];
    const name = `${item.name}${indexText(shape, flat)}`;
    const head = el("p", el("b", name), ` is ${plain(cellsOf(item.data)[flat])}. `);
    if (!this.total) return [head];
    const rows = this.others
      .filter((other) => !other.reads)
      .flatMap((other) => this.#sent(other, flat));
    head.append(`Its gradient is ${signed(cellsOf(this.total)[flat])}`);
    if (!rows.length) return [head];
    head.append(rows.length > 1 ? `, the sum of ${rows.length}:` : ":");
    const more = rows.length > 12 ? [el("li", `and ${rows.length - 12} more`)] : [];
    return [head, el("ul.cell-ledger", ...rows.slice(0, 12), ...more)];
  }

  /**
   * What the cells of one reader sent to a cell.
   * @param {Partner} partner
   * @param {number} flat
   * @returns {HTMLElement[]}
   */
  #sent({ links, item }, flat) {
    const { name, data } = this.model.items[item];
    const shape = typeof data === "object" ? data.shape : [];
    const upstream = this.others.find((other) => other.item === item && !other.reads)?.grid.cells;
    return links.in.flatMap((cell, i) => {
      if (cell !== flat || !upstream) return [];
      const slope = Number(links.slope[i]);
      const what = slope === 0 ? ", which saw it and took nothing from it" : "";
      const g = upstream[links.out[i]].textContent ?? "";
      return [
        el(
          "li",
          el("b", `${name}${indexText(shape, links.out[i])}`),
          ` ${g} × slope ${plain(slope)}${what}`,
        ),
      ];
    });
  }
}

/**
 * @param {HTMLElement[]} cells
 * @param {Map<number, string>} lit
 */
function light(cells, lit) {
  cells.forEach((cell, flat) => {
    const how = lit.get(flat);
    if (how) cell.dataset.lit = how;
    else delete cell.dataset.lit;
  });
}
