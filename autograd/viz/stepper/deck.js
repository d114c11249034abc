/** The controls: one row of buttons and keys for one trace, or for several in step. */

import { small } from "./arrivals.js";
import { button, choice, el } from "./dom.js";
import { PHASES } from "./model.js";
import { Pane } from "./pane.js";

/**
 * @typedef {{panes: import("./pane.js").PaneData[], css: string,
 *   at: number, grain: string, predict: boolean, theme: string, shared?: string[]}} PageData
 *   shared: the names that people gave in all panes, if there are any
 */

/** @type {[string, string][]} */
const SPEEDS = [
  ["0.5", "½ a second"],
  ["1", "1 a second"],
  ["2", "2 a second"],
  ["4", "4 a second"],
];

export class Deck {
  /**
   * @param {PageData} data
   * @param {string[]} sources the pictures
   */
  constructor(data, sources) {
    this.predict = data.predict;
    this.shared = data.shared;
    this.speed = 1;
    this.timer = 0;
    this.index = 0;
    this.panes = data.panes.map(
      (pane, i) => new Pane(pane, sources[i], data.grain, () => this.#changed()),
    );
    this.#build(data);
    this.#count();
    this.go(data.at < 0 ? this.total + data.at : data.at);
  }

  /** @param {PageData} data */
  #build(data) {
    this.playing = button("Play", () => this.play(), { icon: "play" });
    this.pausing = button("Pause", () => this.pause(), { icon: "pause" });
    this.pausing.hidden = true;
    this.buttons = {
      first: button("First", () => this.go(0), { icon: "first", title: "First step (Home)" }),
      back: button("Back", () => this.back(), {
        icon: "back",
        title: "One step back (left arrow)",
      }),
      next: button("Next", () => this.next(), {
        icon: "next",
        kind: "button primary",
        title: "One step on (right arrow)",
      }),
      turn: button("To backward", () => this.go(this.starts[2]), {
        icon: "turn",
        title: "Jump to where the backward pass starts",
      }),
    };
    const { first, back, next, turn } = this.buttons;
    this.slider = el("input", {
      type: "range",
      min: "0",
      step: "1",
      "aria-label": "Step",
      oninput: () => this.go(Number(this.slider.value)),
    });
    this.where = el("span.where");
    this.phases = el("div.phases", { "aria-hidden": "true" });
    this.differences = el("div.differences");
    this.live = el("div.unseen", { "aria-live": "polite" });
    const speed = choice("speed", SPEEDS, "1", (value) => this.#pace(Number(value)));
    const grains = /** @type {[string, string][]} */ ([
      ["node", "node by node"],
      ["contribution", "one contribution"],
    ]);
    if (data.panes.some((pane) => pane.trace.frames.rows.length))
      {grains.push(["module", "module by module"]);}
    const grain = choice("steps", grains, data.grain, (value) => this.#regrain(value));
    const predict = el("input", {
      type: "checkbox",
      checked: this.predict,
      onchange: () => this.#ask(predict.checked),
    });
    this.element = el(
      "div",
      {
        class: this.panes.length > 1 ? "stepper many" : "stepper",
        role: "group",
        "aria-label": "Backpropagation step by step. Left and right arrow keys step.",
      },
      el(
        "div.bar",
        el("div.transport", first, back, this.playing, this.pausing, next, turn),
        el("div.track", this.slider, this.phases),
        this.where,
        el(
          "div.options",
          grain.element,
          speed.element,
          el("label.choice", predict, el("span", "predict")),
        ),
      ),
      this.differences,
      el("div.panes", ...this.panes.map((pane) => pane.element)),
      this.live,
    );
    this.element.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) =>
      this.#key(event),
    );
    for (const kind of ["keydown", "keyup", "keypress"]) {
      this.element.addEventListener(kind, (/** @type {KeyboardEvent} */ event) => {
        if (!event.ctrlKey && !event.metaKey && !event.altKey) event.stopPropagation();
      });
    }
  }

  /** Count the steps: each phase is as long as in the pane that needs most. */
  #count() {
    const lengths = this.panes.map((pane) => pane.lengths);
    this.spans = PHASES.map((_, i) => Math.max(...lengths.map((one) => one[i])));
    let start = 0;
    this.starts = this.spans.map((span) => (start += span) - span);
    this.total = start;
    this.slider.max = String(this.total - 1);
    const marks = this.spans.map((span, i) => {
      const mark = el("span", { class: `mark ${PHASES[i]}` });
      mark.style.flexGrow = String(span);
      return mark;
    });
    this.phases.replaceChildren(...marks);
  }

  /**
   * Which step of a pane belongs to a step of the deck: a pane that is through with a phase waits.
   * @param {Pane} pane
   * @param {number} index
   */
  #place(pane, index) {
    const phase = this.#phase(index);
    const { lengths } = pane;
    const start = lengths.slice(0, phase).reduce((a, b) => a + b, 0);
    return start + Math.min(index - this.starts[phase], lengths[phase] - 1);
  }

  /** @param {number} index */
  #phase(index) {
    return this.starts.findLastIndex((start, i) => start <= index && this.spans[i] > 0);
  }

  /**
   * Show a step.
   * @param {number} index
   * @param {boolean} [ask]
   */
  go(index, ask = false) {
    const before = this.index;
    this.index = Math.max(0, Math.min(this.total - 1, Math.round(index)));
    for (const pane of this.panes) {
      const place = this.#place(pane, this.index);
      pane.show(place, ask && (place !== pane.index || before !== this.index));
    }
    if (this.panes.length > 1) {
      this.differences.replaceChildren(...differences(this.panes, this.shared));
    }
    this.#level();
    this.#tell();
  }

  /** Give everything its size; pictures that stand side by side have one scale. */
  fit() {
    for (const pane of this.panes) pane.arrange();
    const best = Math.min(...this.panes.map((pane) => pane.best()));
    for (const pane of this.panes) pane.fit(best);
    this.#level();
  }

  /** Pictures that stand side by side start at one height. */
  #level() {
    if (this.panes.length < 2) return;
    const said = this.panes.map((pane) => pane.card);
    for (const card of said) card.style.minHeight = "0";
    const most = Math.ceil(Math.max(...said.map((card) => card.getBoundingClientRect().height)));
    const beside = new Set(this.panes.map((pane) => pane.element.offsetTop)).size === 1;
    for (const card of said) card.style.minHeight = beside ? `${most}px` : "0";
  }

  /** The next step; or, in predict mode, the numbers of this one. */
  next() {
    const asked = this.panes.filter((pane) => pane.asked);
    if (asked.length) {
      for (const pane of asked) pane.reveal();
      this.#tell();
    } else if (this.index < this.total - 1) this.go(this.index + 1, this.predict);
    else this.pause();
  }

  back() {
    this.go(this.index - 1);
  }

  play() {
    if (this.index === this.total - 1) this.go(0);
    this.timer = window.setInterval(() => this.next(), 1000 / this.speed);
    this.#playing(true);
  }

  pause() {
    window.clearInterval(this.timer);
    this.timer = 0;
    this.#playing(false);
    this.#tell();
  }

  /** @param {boolean} on */
  #playing(on) {
    const [from, to] = on ? [this.playing, this.pausing] : [this.pausing, this.playing];
    const root = /** @type {ShadowRoot | Document} */ (this.element.getRootNode());
    const focused = root.activeElement === from;
    [from.hidden, to.hidden] = [true, false];
    if (focused) to.focus();
  }

  /** @param {number} speed */
  #pace(speed) {
    this.speed = speed;
    if (this.timer) {
      this.pause();
      this.play();
    }
  }

  /** @param {boolean} on */
  #ask(on) {
    this.predict = on;
    if (!on) this.go(this.index);
  }

  /** @param {string} grain */
  #regrain(grain) {
    for (const pane of this.panes) pane.regrain(grain);
    this.#changed();
  }

  /** After the steps became others: stay at the same place. */
  #changed() {
    this.#count();
    const [pane] = this.panes;
    const phase = PHASES.indexOf(pane.at.phase);
    const before = pane.lengths.slice(0, phase).reduce((a, b) => a + b, 0);
    this.go(this.starts[phase] + pane.index - before);
  }

  /** Say where we are: to the eye, on the slider, and in the live region. */
  #tell() {
    const at = `step ${this.index} of ${this.total - 1}`;
    const said = this.panes.map((pane) => pane.sentence.textContent).join(" ");
    this.where.textContent = at;
    this.slider.value = String(this.index);
    this.slider.setAttribute("aria-valuetext", `${at}. ${said}`);
    this.phases.style.setProperty("--done", `${(100 * this.index) / Math.max(1, this.total - 1)}%`);
    const { first, back, next } = this.buttons;
    for (const one of [first, back]) one.setAttribute("aria-disabled", String(this.index === 0));
    const over = this.index === this.total - 1 && !this.panes.some((pane) => pane.asked);
    next.setAttribute("aria-disabled", String(over));
    if (over && this.timer) this.pause();
    if (!this.timer || this.speed <= 1) this.live.textContent = `${at}. ${said}`;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = /** @type {Element} */ (event.composedPath()[0]);
    const act = this.#action(event, target);
    if (!act) return;
    event.preventDefault();
    act();
  }

  /**
   * What a key does where it was pressed; undefined leaves it to the browser.
   * @param {KeyboardEvent} event
   * @param {Element} target
   * @returns {(() => void) | undefined}
   */
  #action(event, target) {
    const typing = target.matches("select, textarea, input[type=text]");
    if (event.key === "Escape") return () => this.#close();
    if (typing) return undefined;
    const press = target.matches("button, summary, input");
    if (press && (event.key === " " || event.key === "Enter")) return undefined;
    const phase = this.#phase(this.index);
    const pane = this.panes.find((one) => one.element.contains(target)) ?? this.panes[0];
    const later = this.starts.find((start) => start > this.index) ?? this.total - 1;
    const start = this.starts[phase];
    const earlier = this.index > start ? start : this.starts[Math.max(0, phase - 1)];
    const keys = {
      ArrowRight: () => (event.shiftKey ? this.go(later) : this.next()),
      ArrowLeft: () => (event.shiftKey ? this.go(earlier) : this.back()),
      Home: () => this.go(0),
      End: () => this.go(this.total - 1),
      " ": () => (this.timer ? this.pause() : this.play()),
      ArrowUp: () => pane.walk(true),
      ArrowDown: () => pane.walk(false),
      Enter: () => pane.ask(target),
    };
    return keys[/** @type {keyof typeof keys} */ (event.key)];
  }

  #close() {
    for (const pane of this.panes) pane.select(null);
  }
}

/**
 * What has the same name in all panes and another gradient, as far as they got.
 * @param {Pane[]} panes
 * @param {string[]} [given] the names to compare; otherwise all
 * @returns {HTMLElement[]}
 */
function differences(panes, given) {
  const [first, ...others] = panes.map(
    ({ model, at }) =>
      new Map(model.items.map(({ name }, i) => [name, model.arrived(i, at).total])),
  );
  const shared =
    given ?? [...first.keys()].filter((name) => others.every((other) => other.has(name)));
  if (!shared.length) return [el("p.hint", "No name stands in all of them.")];
  const names = shared.filter((name) =>
    others.some((other) => JSON.stringify(other.get(name)) !== JSON.stringify(first.get(name))),
  );
  if (!names.length) return [el("p.hint", "All gradients are the same so far.")];
  const shown = names.slice(0, 40);
  const heads = ["gradient of", ...shown].map((head) => el("th", { scope: "col" }, head));
  const lines = [first, ...others].map((totals, i) =>
    el(
      "tr",
      el("th", { scope: "row" }, panes[i].data.title),
      ...shown.map((name) => {
        const total = totals.get(name);
        return el("td", total === null ? "" : small(total, name, true));
      }),
    ),
  );
  return [
    el("p", el("strong", "Where they differ")),
    el("div.scroll", el("table.ledger", el("thead", el("tr", ...heads)), el("tbody", ...lines))),
  ];
}
