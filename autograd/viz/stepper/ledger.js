/** The ledger: every contribution so far, as a table to filter, to group and to copy. */

import { button, choice, el } from "./dom.js";
import { plain, range, real, signed } from "./numbers.js";

/**
 * @typedef {import("./model.js").Model} Model
 * @typedef {import("./model.js").Step} Step
 */

const HEADS = ["into", "from", "upstream × slope", "adds", "total"];
const KINDS = ["", "", "number", "number", "number", "words"];

export class Ledger {
  /**
   * @param {Model} model
   * @param {(item: number) => void} onpick
   */
  constructor(model, onpick) {
    this.model = model;
    this.onpick = onpick;
    this.only = "";
    this.order = "sent";
    this.hide = false;
    /** @type {Step | null} */
    this.at = null;
    /** @type {HTMLElement[]} the rows of the table, by contribution; made when first shown */
    this.lines = [];
    this.told = model.rows.every((row) => row.local !== undefined); // of arrays words say no more
    const arrays = model.rows.every((row) => row.local === undefined); // no factors to show
    this.body = el("tbody");
    const heads = [...HEADS, "in words"].map((head, i) =>
      el("th", { scope: "col", class: KINDS[i] }, head),
    );
    this.scroll = el(
      "div.scroll book",
      { tabindex: "0", role: "group", "aria-label": "Ledger" },
      el("table.ledger", el("thead", el("tr", ...heads)), this.body),
    );
    this.scroll.classList.toggle("arrays", arrays);
    this.empty = el("p.hint", "No gradient has moved yet.");
    this.element = el("div.panel", this.#tools(), this.scroll, this.empty);
  }

  #tools() {
    const { items, into } = this.model;
    const receivers = items.flatMap((item, i) => (into[i].length ? [[String(i), item.name]] : []));
    const filter = choice(
      "into",
      [["", "all"], .../** @type {[string, string][]} */ (receivers)],
      "",
      (value) => this.show(value),
    );
    this.filter = filter.select;
    const order = choice(
      "order",
      [
        ["sent", "as sent"],
        ["into", "by receiver"],
      ],
      "sent",
      (value) => {
        this.order = value;
        this.#refresh();
      },
    );
    const copy = button("Copy", () => this.#copy(copy), { kind: "small" });
    return el("div.tools", el("strong", "Ledger"), filter.element, order.element, copy);
  }

  /**
   * Show only what goes into one item, or everything for "".
   * @param {string} only
   */
  show(only) {
    this.only = only;
    /** @type {HTMLSelectElement} */ (this.filter).value = only;
    this.#refresh();
  }

  #refresh() {
    if (this.at) this.paint(this.at, this.hide);
  }

  /**
   * The contributions in the table, in its order.
   * @param {Step} at
   * @returns {number[]}
   */
  #shown(at) {
    const { rows, into } = this.model;
    if (this.only) return into[Number(this.only)].filter((row) => row < at.sent);
    const sent = Array.from({ length: at.sent }, (_, i) => i);
    if (this.order === "sent") return sent;
    const first = (/** @type {number} */ row) => into[rows[row].receiver][0];
    return sent.sort((a, b) => first(a) - first(b) || a - b);
  }

  /**
   * @param {Step} at
   * @param {boolean} hide
   */
  paint(at, hide) {
    this.at = at;
    this.hide = hide;
    const shown = this.#shown(at);
    const lines = shown.map((row) => (this.lines[row] ??= this.#line(row)));
    const old = /** @type {HTMLElement[]} */ ([...this.body.children]);
    const keep = old.findIndex((line, i) => line !== lines[i]);
    const same = keep < 0 ? old.length : keep;
    for (const line of old.slice(same)) line.remove();
    this.body.append(...lines.slice(same));
    for (const row of shown) {
      const now = at.rows.includes(row);
      this.lines[row].classList.toggle("now", now);
      this.lines[row].classList.toggle("hidden-numbers", now && hide);
    }
    this.empty.hidden = shown.length > 0;
    this.scroll.hidden = !shown.length;
    this.#fitWords();
    const last = at.rows.length ? this.lines[at.rows.at(-1) ?? 0] : null;
    if (last?.isConnected) this.#reveal(last);
  }

  /** After a change of width: the column in words, where there is room for it. */
  fit() {
    this.scroll.classList.toggle("worded", this.told);
    this.#fitWords();
  }

  /** Leave the words out where they would have to be squeezed; they do not come back by themselves. */
  #fitWords() {
    if (this.scroll.scrollWidth > this.scroll.clientWidth) this.scroll.classList.remove("worded");
  }

  /**
   * Scroll the table, and nothing else, to a row.
   * @param {HTMLElement} line
   */
  #reveal(line) {
    const bottom = line.offsetTop + line.offsetHeight;
    const { scrollTop, clientHeight } = this.scroll;
    if (line.offsetTop < scrollTop + 40 || bottom > scrollTop + clientHeight) {
      this.scroll.scrollTop = bottom - clientHeight + 8;
    }
  }

  /**
   * @param {number} number
   * @returns {HTMLElement}
   */
  #line(number) {
    const row = this.model.rows[number];
    const [into, from, ...numbers] = this.#texts(number);
    const cells = row.local === undefined;
    const sign = row.zero ? "zero" : cells ? "" : real(row.amount) < 0 ? "minus" : "plus";
    const name = (/** @type {string} */ text, /** @type {number} */ item) =>
      button(text, () => this.onpick(item), { kind: "name", title: `Why ${text}?` });
    const zero = row.zero ? el("small.why-zero", row.zero) : null;
    const columns = numbers.map((text, i) =>
      el(
        "td",
        { class: i === 1 ? `number amount ${sign}` : "number" },
        el("span.digits", text),
        ...(i === 1 && zero ? [" ", zero] : []),
      ),
    );
    return el(
      cells ? "tr.by-cells" : "tr",
      el("td", name(into, row.receiver)),
      el("td", name(from, row.sender)),
      ...columns,
      el("td.words", el("span.digits", this.model.told(number))),
    );
  }

  /**
   * The texts of one contribution, column by column.
   * @param {number} number
   * @returns {string[]}
   */
  #texts(number) {
    const { items, rows } = this.model;
    const row = rows[number];
    const cells = row.local === undefined;
    const factors = cells ? "by cell" : `${plain(real(row.upstream))} × ${plain(real(row.local))}`;
    const [adds, total] = [row.amount, row.total].map((data) =>
      range(data, signed, cells ? 3 : undefined),
    );
    return [items[row.receiver].name, items[row.sender].name, factors, adds, total];
  }

  /**
   * The rows on show as text, in columns.
   * @returns {string}
   */
  text() {
    const lines = this.at ? this.#shown(this.at).map((row) => this.#texts(row)) : [];
    const table = [HEADS, ...lines];
    const widths = HEADS.map((_, i) => Math.max(...table.map((line) => line[i].length)));
    return table
      .map((line) =>
        line.map((text, i) => (i < 2 ? text.padEnd(widths[i]) : text.padStart(widths[i]))),
      )
      .map((line) => line.join("  ").trimEnd())
      .join("\n");
  }

  /** @param {HTMLButtonElement} copy */
  async #copy(copy) {
    try {
      await navigator.clipboard.writeText(this.text());
      copy.textContent = "Copied";
      setTimeout(() => (copy.textContent = "Copy"), 1500);
    } catch {
      this.#byHand();
    }
  }

  /** Where a page may not write to the clipboard: the text, selected, to copy by hand. */
  #byHand() {
    this.element.querySelector("textarea")?.remove();
    const area = el("textarea.copy", { readonly: true, rows: "6", "aria-label": "Ledger as text" });
    area.value = this.text();
    this.element.append(area);
    area.select();
  }
}
