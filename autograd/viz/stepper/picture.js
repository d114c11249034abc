/** The picture from Python, made to follow the steps: what is known, what moves, what waits. */

import { shape } from "./dom.js";
import { brief, signed } from "./numbers.js";

/**
 * @typedef {import("./model.js").Model} Model
 * @typedef {import("./model.js").Step} Step
 * @typedef {{element: SVGGElement, data: Element | null, grad: Element | null,
 *   texts: [string, string], tone: string, badge: SVGElement | null}} Box
 */

const TONES = ["plus", "minus", "zero", "mixed"];
const NONE = ["not asked", "not reached"]; // zeros that are no number

export class Picture {
  /**
   * @param {string} source
   * @param {Model} model
   */
  constructor(source, model) {
    this.model = model;
    const parsed = new DOMParser().parseFromString(source, "image/svg+xml");
    /** @type {SVGSVGElement} */
    this.svg = /** @type {any} */ (document.importNode(parsed.documentElement, true));
    for (const part of ["width", "height", "style"]) this.svg.removeAttribute(part);
    this.svg.setAttribute("role", "group");
    this.width = this.svg.viewBox.baseVal.width;
    this.height = this.svg.viewBox.baseVal.height;
    this.svg.querySelector(".paper")?.remove();
    /** @type {Map<number, Box[]>} by item; a parameter may be drawn once per use */
    this.boxes = new Map();
    for (const element of this.svg.querySelectorAll(".node[data-item]")) {
      this.#adopt(/** @type {SVGGElement} */ (element));
    }
    /** @type {Map<number, SVGElement[]>} by frame: the modules that are drawn closed */
    this.folded = new Map();
    for (const box of /** @type {NodeListOf<SVGElement>} */ (
      this.svg.querySelectorAll(".folded")
    )) {
      box.setAttribute("role", "button");
      box.setAttribute("tabindex", "0");
      put(this.folded, Number(box.dataset.frame), box);
    }
    /** @type {Map<number, number>} by closed frame: the place of its first item among those made */
    this.first = new Map();
    model.rank.forEach((rank, i) => {
      const frame = model.frameOf(i, this.closed);
      if (rank >= 0 && frame !== null && !this.first.has(frame)) this.first.set(frame, rank);
    });
    /** @type {Map<string, Element[]>} by what they connect, see `#wires` */
    this.edges = new Map();
    for (const edge of /** @type {NodeListOf<SVGElement>} */ (this.svg.querySelectorAll(".edge"))) {
      const { from, to, fromFrame, toFrame, slot } = edge.dataset;
      const ends = `${from ?? `f${fromFrame}`} ${to ?? `f${toFrame}`}`;
      put(this.edges, from && to ? `${ends} ${slot}` : ends, edge);
    }
    /** @type {Map<string, number[]>} by the same: the contributions that come back there */
    this.sent = new Map();
    model.rows.forEach((row, i) =>
      put(this.sent, this.#wire(row.receiver, row.sender, row.slot), i),
    );
    /** @type {Map<string, number[]>} by the same: who reads there */
    this.read = new Map();
    model.items.forEach((item, to) =>
      (item.inputs ?? []).forEach((from, slot) => put(this.read, this.#wire(from, to, slot), to)),
    );
  }

  /**
   * What a slot is drawn as: by its two ends, and its number if both are drawn themselves.
   * @param {number} from
   * @param {number} to
   * @param {number} slot
   */
  #wire(from, to, slot) {
    const end = (/** @type {number} */ item) =>
      this.boxes.has(item) ? String(item) : `f${this.model.frameOf(item, this.closed)}`;
    const drawn = this.boxes.has(from) && this.boxes.has(to);
    return drawn ? `${from} ${to} ${slot}` : `${end(from)} ${end(to)}`;
  }

  /** @param {SVGGElement} element */
  #adopt(element) {
    const item = Number(element.dataset.item);
    const data = element.querySelector(".data");
    const grad = element.querySelector(".grad");
    element.setAttribute("role", "button");
    element.setAttribute("tabindex", "-1");
    put(this.boxes, item, {
      element,
      data,
      grad,
      texts: [data?.textContent ?? "", grad?.textContent ?? ""],
      tone: TONES.find((tone) => grad?.classList.contains(tone)) ?? "",
      badge: null,
    });
  }

  /** The frames that are drawn closed. */
  get closed() {
    return new Set(this.folded.keys());
  }

  /**
   * Show the state after a step.
   * @param {Step} at
   * @param {{hide: boolean, selected: number | null}} look
   */
  paint(at, look) {
    const actor = this.model.actor(at);
    const receivers = new Set(at.rows.map((row) => this.model.rows[row].receiver));
    this.svg.dataset.phase = at.phase;
    for (const [item, boxes] of this.boxes) {
      const asked = look.hide && (receivers.has(item) || at.items.includes(item));
      const state = {
        "is-ahead": !this.model.isMade(item, at),
        "is-now": item === actor && at.frame === null,
        "is-hit": receivers.has(item),
        "is-selected": item === look.selected,
      };
      for (const box of boxes) this.#paintBox(box, item, at, state, asked);
    }
    for (const [frame, boxes] of this.folded) {
      const ahead = (this.first.get(frame) ?? 0) >= at.made;
      for (const box of boxes) mark(box, { "is-now": at.frame === frame, "is-ahead": ahead });
    }
    this.#paintEdges(at, look);
  }

  /**
   * @param {Box} box
   * @param {number} item
   * @param {Step} at
   * @param {Record<string, boolean>} state
   * @param {boolean} asked
   */
  #paintBox(box, item, at, state, asked) {
    const { name, zero, expects, data } = this.model.items[item];
    const { total, count, complete } = this.model.arrived(item, at);
    const partial = count > 0 && !complete;
    mark(box.element, {
      ...state,
      "is-asked": asked,
      "is-partial": partial,
      "has-grad": complete && !asked,
    });
    const made = this.model.isMade(item, at);
    const value = asked && at.phase === "forward" ? "?" : made ? box.texts[0] : "";
    const absent = zero === "not asked" || at.phase === "done";
    let gradient = complete || (NONE.includes(zero ?? "") && absent) ? box.texts[1] : "";
    if (partial && total !== null) gradient = fitted(box.texts[1], brief(total, signed));
    if (asked && at.phase === "backward") gradient = fitted(box.texts[1], "?");
    write(box.data, value);
    write(box.grad, gradient);
    toned(box.grad, partial && typeof total === "number" ? sign(total) : box.tone);
    this.#count(box, partial ? `${count}/${expects}` : "");
    const said = [name, value && `value ${brief(data)}`, gradient && `gradient ${gradient}`];
    box.element.setAttribute("aria-label", `${said.filter(Boolean).join(", ")}: why?`);
  }

  /**
   * The counter of a node that waits, at its corner.
   * @param {Box} box
   * @param {string} text
   */
  #count(box, text) {
    if (!text) {
      box.badge?.remove();
      box.badge = null;
      return;
    }
    const frame = /** @type {SVGGraphicsElement} */ (box.element.querySelector(".box")).getBBox();
    const width = 9 + 7 * text.length;
    const [x, y] = [frame.x + frame.width - width + 5, frame.y - 8];
    box.badge?.remove();
    box.badge = shape(
      "g",
      { class: "badge", "aria-hidden": "true" },
      shape("rect", { x, y, width, height: 17, rx: 8.5 }),
      shape("text", { x: x + width / 2, y: y + 12.5, "text-anchor": "middle" }, text),
    );
    box.element.append(box.badge);
  }

  /**
   * @param {Step} at
   * @param {{hide: boolean, selected: number | null}} look
   */
  #paintEdges(at, look) {
    const live = new Set(at.rows);
    const computed = new Set(at.items);
    for (const [name, edges] of this.edges) {
      const rows = (this.sent.get(name) ?? []).filter((row) => row < at.sent);
      const readers = this.read.get(name) ?? [];
      const now = rows.some((row) => live.has(row));
      const states = {
        "is-read": readers.some((item) => computed.has(item)),
        "is-ahead": !readers.some((item) => this.model.isMade(item, at)),
        "is-live": now,
        "is-past": rows.length > 0 && !now,
        "is-asked": look.hide && now,
        "is-chosen": rows.some((row) => this.model.rows[row].receiver === look.selected),
      };
      for (const edge of edges) mark(edge, states);
    }
  }

  /**
   * Where a step happens, in the coordinates of the window; null if nowhere.
   * @param {Step} at
   * @returns {DOMRect[]}
   */
  places(at) {
    const items = [this.model.actor(at), ...at.rows.map((row) => this.model.rows[row].receiver)];
    const elements = items.flatMap((item) =>
      item === null ? [] : (this.boxes.get(item) ?? []).slice(0, 1).map((box) => box.element),
    );
    if (at.frame !== null) elements.push(.../** @type {any} */ (this.folded.get(at.frame) ?? []));
    return elements.map((element) => element.getBoundingClientRect());
  }

  /**
   * The neighbour of an item that is drawn above or below it.
   * @param {number} item
   * @param {boolean} up
   * @returns {number | null}
   */
  neighbour(item, up) {
    const { items, readers } = this.model;
    const inputs = (items[item].inputs ?? []).filter((i) => this.boxes.has(i));
    const consumers = readers[item].map(({ reader }) => reader).filter((i) => this.boxes.has(i));
    const middle = (/** @type {number} */ i) => {
      const box = this.boxes.get(i)?.[0].element.getBoundingClientRect();
      return box ? box.top + box.height / 2 : 0;
    };
    const here = middle(item);
    const inputsAbove = inputs.length
      ? middle(inputs[0]) < here
      : consumers.some((i) => middle(i) > here);
    return (up === inputsAbove ? inputs : consumers)[0] ?? null;
  }
}

/**
 * @template K, V
 * @param {Map<K, V[]>} map
 * @param {K} name
 * @param {V} value
 */
function put(map, name, value) {
  const list = map.get(name);
  if (list) list.push(value);
  else map.set(name, [value]);
}

/**
 * @param {Element} element
 * @param {Record<string, boolean>} states
 */
function mark(element, states) {
  for (const [state, on] of Object.entries(states)) element.classList.toggle(state, on);
}

/**
 * A number in the place of the one in a text: what stands before it stays.
 * @param {string} text
 * @param {string} amount
 */
function fitted(text, amount) {
  return (text.match(/^[a-z]+ /)?.[0] ?? "") + amount;
}

/** @param {number} x */
function sign(x) {
  return x > 0 ? "plus" : x < 0 ? "minus" : "zero";
}

/**
 * Colour a gradient by its sign.
 * @param {Element | null} element
 * @param {string} tone
 */
function toned(element, tone) {
  for (const one of TONES) element?.classList.toggle(one, one === tone);
}

/**
 * @param {Element | null} element
 * @param {string} text
 */
function write(element, text) {
  if (element && element.textContent !== text) element.textContent = text;
}
