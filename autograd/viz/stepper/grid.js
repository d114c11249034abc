/** An array as a table of cells, tinted: forward values by size, gradients by sign and size. */

import { el } from "./dom.js";
import { brief, cellsOf, plain, signed } from "./numbers.js";

const MOST_SLICES = 8;
const WIDEST = 12; // columns that still get their numbers written into the cells

/**
 * The index of a cell from its place in row-major order: "[0, 2]".
 * @param {number[]} shape
 * @param {number} flat
 * @returns {string}
 */
export function indexText(shape, flat) {
  /** @type {number[]} */
  const index = [];
  for (const n of [...shape].reverse()) {
    index.unshift(flat % n);
    flat = Math.floor(flat / n);
  }
  return index.length ? `[${index.join(", ")}]` : "";
}

/**
 * How a cell is tinted: a colour to mix in, and how much of it, in percent.
 * @param {number} x
 * @param {number} low
 * @param {number} high
 * @param {boolean} gradient
 * @returns {[string, number]}
 */
function tint(x, low, high, gradient) {
  if (!Number.isFinite(x)) return ["zero", 20];
  if (!gradient) return ["high", high > low ? Math.round((45 * (x - low)) / (high - low)) : 0];
  const most = Math.max(Math.abs(low), Math.abs(high));
  const part = most ? Math.round((38 * Math.abs(x)) / most) : 0;
  return [x < 0 ? "minus" : "plus", x === 0 ? 0 : Math.max(8, part)];
}

/**
 * @typedef {{element: HTMLElement, cells: HTMLElement[]}} Grid
 * @typedef {{gradient?: boolean, winners?: Set<number>, onpick?: (flat: number) => void}} Look
 *   gradient: tint by sign; winners: cells with a dot; onpick: called when a cell gets the pointer
 *   or the focus
 */

/**
 * A table of the cells of an array, slice by slice.
 * @param {import("./model.js").Data} data
 * @param {string} label
 * @param {Look} [look]
 * @returns {Grid}
 */
export function grid(data, label, look = {}) {
  const shape = typeof data === "object" ? data.shape : [];
  const values = cellsOf(data);
  if (!values.length) return { element: el("span.extremes", brief(data)), cells: [] };
  const columns = shape.at(-1) ?? 1;
  const rows = shape.at(-2) ?? 1;
  const size = rows * columns;
  const finite = values.filter(Number.isFinite);
  const ends = [Math.min(...finite), Math.max(...finite)];
  /** @type {HTMLElement[]} */
  const cells = [];
  const slices = [];
  for (let start = 0; start < values.length && slices.length < MOST_SLICES; start += size) {
    const lines = [];
    for (let r = 0; r < rows; r += 1) {
      const line = values
        .slice(start + r * columns, start + (r + 1) * columns)
        .map((x, c) => cell(x, start + r * columns + c, ends, shape, look));
      cells.push(...line);
      lines.push(el("tr", ...line));
    }
    const narrow = columns > WIDEST ? "grid tiny" : "grid";
    const name = values.length > size ? indexText(shape.slice(0, -2), start / size) : "";
    slices.push(
      el(
        "figure.slice",
        name && el("figcaption", name),
        el("table", { class: narrow, "aria-label": `${label} ${name}` }, el("tbody", ...lines)),
      ),
    );
  }
  const hidden = values.length / size - slices.length;
  const more = hidden > 0 && el("span.more", `and ${hidden} more`);
  if (look.onpick) rove(cells, columns, look.onpick);
  return { element: el("div.slices", ...slices, more), cells };
}

/**
 * @param {number} x
 * @param {number} flat
 * @param {number[]} ends
 * @param {number[]} shape
 * @param {Look} look
 * @returns {HTMLElement}
 */
function cell(x, flat, [low, high], shape, look) {
  const text = look.gradient ? signed(x) : plain(x);
  const [colour, part] = tint(x, low, high, Boolean(look.gradient));
  const won = look.winners?.has(flat);
  const where = indexText(shape, flat);
  const made = el("td", { class: won ? "won" : null, title: `${where} ${text}` }, text);
  if (won) made.append(el("span.dot", { role: "img", "aria-label": "winner" }));
  made.style.setProperty("--tint", `var(--gg-${colour})`);
  made.style.setProperty("--part", `${part}%`);
  if (look.gradient && x === 0) made.classList.add("nothing");
  return made;
}

/**
 * One stop for the tab key; the arrow keys move between the cells.
 * @param {HTMLElement[]} cells
 * @param {number} columns
 * @param {(flat: number) => void} onpick
 */
function rove(cells, columns, onpick) {
  cells.forEach((one, flat) => {
    one.tabIndex = flat ? -1 : 0;
    one.addEventListener("pointerenter", () => onpick(flat));
    one.addEventListener("click", () => one.focus());
    one.addEventListener("focus", () => {
      for (const other of cells) other.tabIndex = other === one ? 0 : -1;
      onpick(flat);
    });
    one.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[event.key];
      if (!by || event.shiftKey) return;
      event.preventDefault();
      event.stopPropagation();
      cells[flat + by]?.focus();
    });
  });
}
