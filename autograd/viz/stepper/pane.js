/** One trace on the page: sentence, sums, picture, why card and ledger of one step at a time. */

import { arrivals } from "./arrivals.js";
import { button, el } from "./dom.js";
import { Ledger } from "./ledger.js";
import { Model, PHASES, sameStep } from "./model.js";
import { brief, signed } from "./numbers.js";
import { Picture } from "./picture.js";
import { questions, quiz } from "./predict.js";
import { whyCard } from "./why.js";

const SHARP = 1; // the smallest scale at which all of the picture is read with ease
const LARGE = 1.2;
const SNUG = 0.8; // a little smaller is better than to cut off the last node
const TALL = 720; // pixels of the picture that are seen without scrolling
const MOST_ROOM = 170; // pixels kept free for sums, so that the picture stays where it is

/**
 * @typedef {import("./model.js").Step} Step
 * @typedef {{title: string, trace: import("./model.js").Trace,
 *   views: {frame: number, svg: string}[]}} PaneData views: the picture with one module open
 */

const NAMES = {
  start: "start",
  forward: "forward",
  seed: "turn",
  backward: "backward",
  done: "done",
};

export class Pane {
  #chosen = SHARP;

  /**
   * @param {PaneData} data
   * @param {string} source the picture
   * @param {string} grain
   * @param {() => void} changed called when the steps are others than before
   */
  constructor(data, source, grain, changed) {
    this.data = data;
    this.source = source;
    this.grain = grain;
    this.changed = changed;
    this.model = new Model(data.trace);
    /** @type {number | null} */
    this.selected = null;
    this.index = 0;
    this.asked = false;
    this.score = [0, 0];
    this.zoom = 0;
    /** @type {Record<string, number>} by phase: how high its sums are */
    this.rooms = {};
    this.#build();
    this.#use(source);
  }

  #build() {
    this.badge = el("span.phase");
    this.sentence = el("p.sentence");
    this.verdict = el("p.verdict", { role: "status" });
    this.into = el("div");
    this.say = el("div.say", this.badge, el("div", this.sentence, this.verdict, this.into));
    this.sums = el("div.sums");
    this.card = el("div.now-card", this.say, this.sums);
    this.stage = el("div.stage", { tabindex: "0", role: "group", "aria-label": "Graph" });
    this.ledger = new Ledger(this.model, (item) => this.select(item));
    this.why = el("div.card");
    this.side = el("div.side", this.why, this.ledger.element);
    const zoom = el(
      "div.zoom",
      { role: "group", "aria-label": "Size of the graph" },
      button("−", () => this.#scale(this.#size() / 1.25), { kind: "small", name: "Smaller" }),
      button("Fit", () => this.#scale(this.#fits()), { kind: "small" }),
      button("100%", () => this.#scale(1), { kind: "small" }),
      button("+", () => this.#scale(this.#size() * 1.25), { kind: "small", name: "Larger" }),
    );
    this.legend = el("div.keys");
    const under = el("div.under", this.legend, zoom);
    const figure = el("div.figure", this.stage, under);
    const title = this.data.title && el("p.title", this.data.title);
    this.element = el(
      "div.pane",
      { role: "group", "aria-label": this.data.title },
      title,
      this.card,
      el("div.body", figure, this.side),
      asText(this.model),
    );
  }

  /** @param {string} source */
  #use(source) {
    this.picture = new Picture(source, this.model);
    this.stage.replaceChildren(this.picture.svg);
    this.legend.replaceChildren(legend(this.picture.svg));
    for (const [item, boxes] of this.picture.boxes) {
      for (const { element } of boxes) {
        element.addEventListener("click", () => this.select(this.selected === item ? null : item));
        element.addEventListener("focus", () => this.#rove(item));
      }
    }
    for (const [frame, boxes] of this.picture.folded) {
      for (const box of boxes) box.addEventListener("click", () => this.open(frame));
    }
    this.regrain(this.grain);
  }

  /**
   * Other steps over the same trace, at the same place.
   * @param {string} grain
   */
  regrain(grain) {
    const at = this.steps?.[this.index];
    this.grain = grain;
    this.steps = this.model.steps(grain, this.picture.closed);
    this.index = at ? sameStep(this.steps, at) : 0;
  }

  /**
   * How many steps each phase has.
   * @returns {number[]}
   */
  get lengths() {
    return PHASES.map((phase) => this.steps.filter((at) => at.phase === phase).length);
  }

  /** The step on show. */
  get at() {
    return this.steps[this.index];
  }

  /**
   * Show a step.
   * @param {number} index
   * @param {boolean} ask whether to ask for its numbers first
   */
  show(index, ask) {
    this.index = index;
    this.questions = ask ? questions(this.model, this.at) : [];
    this.asked = this.questions.length > 0;
    this.verdict.textContent = "";
    this.paint();
    if (this.asked) this.sums.replaceChildren(this.#form());
    this.follow();
  }

  #form() {
    const count = this.questions.length;
    return quiz(this.questions, (right, told) => {
      this.score = [this.score[0] + right, this.score[1] + count];
      this.reveal(`${told} (${this.score[0]} of ${this.score[1]} right so far)`);
    });
  }

  /**
   * Show the numbers that were asked for.
   * @param {string} [told]
   */
  reveal(told = "") {
    const focused = this.sums.contains(
      /** @type {ShadowRoot} */ (this.sums.getRootNode()).activeElement,
    );
    this.asked = false;
    this.verdict.textContent = told;
    this.paint();
    if (focused) this.stage.focus({ preventScroll: true });
  }

  /** Everything as it is after the step on show. */
  paint() {
    const { at, model } = this;
    const frame = at.frame === null ? null : model.frames[at.frame];
    this.badge.textContent = NAMES[at.phase];
    this.badge.dataset.phase = at.phase;
    this.sentence.textContent = this.asked ? this.#question() : model.sentence(at);
    if (!this.asked) this.sums.replaceChildren(...arrivals(model, at));
    this.#room();
    this.picture.paint(at, { hide: this.asked, selected: this.selected });
    this.ledger.paint(at, this.asked);
    this.#card();
    this.into.replaceChildren(...this.#doors(frame ? at.frame : null));
    this.#rove(this.selected ?? model.actor(at) ?? model.trace.root);
  }

  #question() {
    const item = this.model.items[this.model.actor(this.at) ?? 0];
    if (this.at.phase === "forward") return `${this.model.recipe(item)}. What does it give?`;
    const gradient = item.grad === undefined ? "" : ` ${brief(item.grad, signed)}`;
    return `${item.name} passes on its gradient${gradient}. ${this.model.says(item)} What does it send?`;
  }

  /**
   * The ways into a closed module, and out of an open one.
   * @param {number | null} frame
   */
  #doors(frame) {
    const doors = [];
    if (frame !== null && this.data.views.some((view) => view.frame === frame)) {
      doors.push(button(`Step into ${this.model.frames[frame].label}`, () => this.open(frame)));
    }
    if (this.opened !== undefined)
      {doors.push(button("Back to the whole", () => this.open(undefined)));}
    return doors;
  }

  /**
   * Show the picture with one module open, or the first one again.
   * @param {number | undefined} frame
   */
  open(frame) {
    const view = this.data.views.find((one) => one.frame === frame);
    if (!view && frame !== undefined) return;
    this.opened = frame;
    this.#use(view ? view.svg : this.source);
    this.changed();
    this.arrange();
    this.fit();
  }

  #card() {
    const card =
      this.selected === null
        ? [hint()]
        : [
            whyCard(this.model, this.selected, this.at, this.asked, {
              pick: (item) => this.select(item),
              filter: (item) =>
                this.ledger.show(this.ledger.only === String(item) ? "" : String(item)),
              close: () => this.select(null),
            }),
          ];
    this.why.replaceChildren(...card);
    this.element.classList.toggle("asking", this.selected !== null);
  }

  /**
   * Open the why card of an item, or close it.
   * @param {number | null} item
   */
  select(item) {
    this.selected = item;
    this.paint();
  }

  /**
   * Open the why card of the node that has the focus, or else of the one whose turn it is.
   * @param {Element} target
   */
  ask(target) {
    const { item, frame } = /** @type {HTMLElement} */ (target).dataset;
    if (frame !== undefined) this.open(Number(frame));
    else
      {this.select(
        item === undefined ? (this.model.actor(this.at) ?? this.model.trace.root) : Number(item),
      );}
  }

  /**
   * Move along an edge from the node that is selected, or whose turn it is.
   * @param {boolean} up
   */
  walk(up) {
    const from = this.selected ?? this.model.actor(this.at) ?? this.model.trace.root;
    const to = this.selected === null ? from : this.picture.neighbour(from, up);
    if (to !== null && this.picture.boxes.has(to)) {
      this.select(to);
      this.picture.boxes.get(to)?.[0].element.focus({ preventScroll: true });
      this.#scrollTo(
        (this.picture.boxes.get(to) ?? []).map((box) => box.element.getBoundingClientRect()),
      );
    }
  }

  /**
   * One node of the picture is a stop for the tab key.
   * @param {number} item
   */
  #rove(item) {
    for (const [other, boxes] of this.picture.boxes) {
      boxes.forEach(({ element }, i) => {
        element.setAttribute("tabindex", other === item && i === 0 ? "0" : "-1");
      });
    }
  }

  /** @param {number} size */
  #scale(size) {
    this.zoom = Math.min(3, Math.max(0.2, size));
    this.fit();
  }

  /** The scale at which the whole width is seen. */
  #fits() {
    return (this.stage.clientWidth - 2) / this.picture.width;
  }

  /** The scale at which the picture is as large as it fits, and as small as it is read. */
  best() {
    const fits = this.#fits();
    const most = Math.min(LARGE, Math.max(SHARP, TALL / this.picture.height));
    return fits < SNUG ? SHARP : Math.min(most, fits);
  }

  #size() {
    return this.zoom || this.#chosen;
  }

  /** Put the ledger beside the picture if there is room for both. */
  arrange() {
    const room = this.element.clientWidth;
    const beside = room >= 900 && this.picture.width * SHARP <= room - 450;
    this.element.classList.toggle("beside", beside);
  }

  /**
   * Give the picture its size.
   * @param {number} [best] that of all panes; otherwise its own
   */
  fit(best = this.best()) {
    this.#chosen = best;
    this.ledger.fit();
    this.picture.svg.style.width = `${Math.floor(this.picture.width * this.#size())}px`;
    this.#reserve();
    this.stage.scrollLeft = (this.stage.scrollWidth - this.stage.clientWidth) / 2;
    this.follow();
  }

  /** Room for the largest sums of a phase, so that the picture does not jump from step to step. */
  #reserve() {
    if (this.steps.length > 120 || this.asked) return;
    this.sums.style.minHeight = "0";
    this.rooms = {};
    for (const at of this.steps) {
      this.sums.replaceChildren(...arrivals(this.model, at));
      this.rooms[at.phase] = Math.max(this.rooms[at.phase] ?? 0, this.sums.offsetHeight);
    }
    this.sums.replaceChildren(...arrivals(this.model, this.at));
    this.#room();
  }

  #room() {
    this.sums.style.minHeight = `${Math.min(MOST_ROOM, this.rooms[this.at.phase] ?? 0)}px`;
  }

  /** Bring what happens in this step into view, within the picture's own box. */
  follow() {
    this.#scrollTo(this.picture.places(this.at));
  }

  /**
   * Scroll to all of these places, or to the first if they are too far apart.
   * @param {DOMRect[]} places
   */
  #scrollTo(places) {
    if (!places.length) return;
    const box = this.stage.getBoundingClientRect();
    const off = (/** @type {"left" | "top"} */ low, /** @type {"right" | "bottom"} */ high) => {
      const all = [Math.min(...places.map((p) => p[low])), Math.max(...places.map((p) => p[high]))];
      const fits = all[1] - all[0] <= box[high] - box[low];
      const [from, to] = fits ? all : [places[0][low], places[0][high]];
      return from >= box[low] && to <= box[high] ? 0 : (from + to - box[low] - box[high]) / 2;
    };
    this.stage.scrollLeft += off("left", "right");
    this.stage.scrollTop += off("top", "bottom");
  }
}

function hint() {
  return el("p.hint", "Click a node, or press Enter, to ask where its gradient comes from.");
}

/** @type {[string, string, string][]} what may occur in a picture, its key, and what it means */
const KEYS = [
  [".wire", "forward", "value, forward"],
  [".flow.plus", "plus", "+ gradient, back"],
  [".flow.minus", "minus", "− gradient, dashed"],
  [".flow.zero", "zero", "gradient 0, dotted"],
  [".flow.mixed", "mixed", "gradient of both signs"],
  [".node", "current", "this step"],
  [".kind-parameter", "double", "parameter"],
  [".kind-constant", "constant", "constant"],
  [".winner", "winner", "winner"],
  [".tie", "tie", "tie"],
];

/**
 * What the lines and boxes of a picture mean.
 * @param {SVGElement} svg
 */
function legend(svg) {
  const keys = KEYS.filter(([selector]) => svg.querySelector(selector)).map(([, kind, text]) =>
    el("li", el("i", { class: `key ${kind}`, "aria-hidden": "true" }), text),
  );
  return el("ul.legend", { "aria-label": "Legend" }, ...keys);
}

/**
 * The graph as nested lists, module by module.
 * @param {Model} model
 */
function asText(model) {
  const list = el("ul");
  /** @type {Map<number, HTMLElement>} */
  const lists = new Map();
  const listOf = (/** @type {number | undefined} */ frame) => {
    if (frame === undefined) return list;
    const known = lists.get(frame);
    if (known) return known;
    const made = el("ul");
    lists.set(frame, made);
    listOf(model.frames[frame].parent).append(el("li", model.frames[frame].label, made));
    return made;
  };
  const details = el("details.as-text", el("summary", "The graph as text"), list);
  details.addEventListener("toggle", () => {
    if (list.childElementCount) return;
    model.items.forEach((item, i) => {
      const readers = [...new Set(model.readers[i].map(({ reader }) => model.items[reader].name))];
      const gradient = item.grad === undefined ? "" : ` Gradient ${brief(item.grad, signed)}.`;
      const zero = item.why_zero ? ` ${item.why_zero}` : "";
      const read = readers.length ? ` Read by ${readers.join(", ")}.` : "";
      listOf(item.frame).append(el("li", `${item.forward}${gradient}${zero}${read}`));
    });
  });
  return details;
}
