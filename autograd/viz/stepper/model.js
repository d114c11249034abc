/**
 * The trace as steps: what is known after each, and what moves in it.
 *
 * No gradient is worked out here. Running totals and arrival counts are those that Python wrote
 * down; going back is as cheap as going on.
 */

import { brief, plain, signed } from "./numbers.js";

/**
 * @typedef {{shape: number[], cells?: (number | string)[],
 *   min?: number, max?: number, mean?: number}} Cells
 * @typedef {number | string | Cells} Data a number or an array
 * @typedef {{out: number[], in: number[], slope: number[]}} Links
 * @typedef {{name: string, kind: string, op?: string, data: Data, full?: string,
 *   grad?: Data, before?: Data, inputs?: number[], frame?: number, expects: number, zero?: string,
 *   why_zero?: string, forward: string, backward?: string, links?: (Links | null)[],
 *   nudge?: string}} Item
 * @typedef {{sender: number, receiver: number, slot: number, upstream: Data, local?: number,
 *   amount: Data, total: Data, arrived: number, zero?: string}} Row
 * @typedef {{label: string, forward: string, backward: string, parent?: number}} Frame
 * @typedef {{keys: string[], rows: any[][]}} Table records with their keys written once
 * @typedef {{root: number, seed: Data, items: Table, contributions: Table, frames: Table,
 *   says: Record<string, string>, sent: Record<string, string>, inputs: string, start: string, done: string,
 *   assign: boolean}} Trace says: the sentences of the
 *   operations; sent: those of contributions, to be filled in
 * @typedef {"start" | "forward" | "seed" | "backward" | "done"} Phase
 * @typedef {{phase: Phase, made: number, sent: number, items: number[], rows: number[],
 *   frame: number | null, alone: boolean}} Step made, sent: how many forward steps and
 *   contributions are done after it; items, rows: what it computes and sends; frame: the module
 *   it stands for; alone: whether it is one contribution of several
 */

export const PHASES = ["start", "forward", "seed", "backward", "done"];

/**
 * Records from a table that has their keys once.
 * @param {{keys: string[], rows: any[][]}} table
 * @returns {any[]}
 */
function records({ keys, rows }) {
  return rows.map((row) =>
    Object.fromEntries(
      row.map((value, i) => [keys[i], value]).filter(([, value]) => value !== null),
    ),
  );
}

/** A trace with what the views look up all the time. */
export class Model {
  /** @param {Trace} trace */
  constructor(trace) {
    this.trace = trace;
    /** @type {Item[]} */
    this.items = records(trace.items);
    /** @type {Row[]} */
    this.rows = records(trace.contributions);
    /** @type {Frame[]} */
    this.frames = records(trace.frames);
    /** @type {number[]} by item: its place among those that an operation made; -1 for leaves */
    this.rank = [];
    let made = 0;
    for (const item of this.items) this.rank.push(item.op ? made++ : -1);
    /** @type {number[][]} by item: the contributions to it */
    this.into = this.items.map(() => []);
    this.rows.forEach((row, i) => this.into[row.receiver].push(i));
    /** @type {{reader: number, slot: number}[][]} by item: who reads it, and in which slot */
    this.readers = this.items.map(() => []);
    this.items.forEach((item, reader) =>
      (item.inputs ?? []).forEach((input, slot) => this.readers[input].push({ reader, slot })),
    );
  }

  /**
   * The innermost of some frames that an item lies in, or null.
   * @param {number} item
   * @param {Set<number>} closed
   * @returns {number | null}
   */
  frameOf(item, closed) {
    /** @type {number | null} */
    let found = null;
    for (let f = this.items[item].frame; f !== undefined; f = this.frames[f].parent) {
      if (closed.has(f)) found = f;
    }
    return found;
  }

  /**
   * All steps. Frames in `closed` take one step as a whole.
   * @param {string} grain "node", "contribution" or "module"
   * @param {Set<number>} closed
   * @returns {Step[]}
   */
  steps(grain, closed) {
    const whole = grain === "module" ? new Set(this.items.map((item) => item.frame ?? -1)) : closed;
    const unit = (/** @type {number} */ item) =>
      this.frameOf(item, closed) ?? this.frameOf(item, whole);
    /** @type {Step[]} */
    const steps = [step("start", 0, 0)];
    this.items.forEach((item, i) => {
      if (item.op) this.#forward(steps, i, unit(i));
    });
    const made = this.rank.filter((rank) => rank >= 0).length;
    steps.push(step("seed", made, 0));
    this.rows.forEach((row, i) => {
      const frame = unit(row.sender);
      const last = /** @type {Step} */ (steps.at(-1));
      const before = last.rows.length ? this.rows[last.rows[0]].sender : -1;
      const same = frame === null ? before === row.sender : last.frame === frame;
      const alone = grain === "contribution" && frame === null;
      if (last.phase !== "backward" || alone || !same) {
        steps.push({ ...step("backward", made, i), frame, alone });
      }
      const now = /** @type {Step} */ (steps.at(-1));
      now.rows.push(i);
      now.sent = i + 1;
    });
    steps.push(step("done", made, this.rows.length));
    return steps;
  }

  /**
   * @param {Step[]} steps
   * @param {number} item
   * @param {number | null} frame
   */
  #forward(steps, item, frame) {
    const last = /** @type {Step} */ (steps.at(-1));
    if (frame === null || last.frame !== frame) {
      steps.push({ ...step("forward", last.made, 0), frame });
    }
    const now = /** @type {Step} */ (steps.at(-1));
    now.items.push(item);
    now.made += 1;
  }

  /**
   * Whether the value of an item is known after a step.
   * @param {number} item
   * @param {Step} at
   */
  isMade(item, at) {
    return this.rank[item] < at.made;
  }

  /**
   * What has arrived at an item after a step: the total so far, and of how many.
   * @param {number} item
   * @param {Step} at
   * @returns {{total: Data | null, count: number, complete: boolean}}
   */
  arrived(item, at) {
    if (item === this.trace.root) {
      const seeded = at.phase !== "start" && at.phase !== "forward";
      return { total: seeded ? this.trace.seed : null, count: 0, complete: seeded };
    }
    const rows = this.into[item];
    let count = 0;
    while (count < rows.length && rows[count] < at.sent) count += 1;
    const total = count ? this.rows[rows[count - 1]].total : null;
    const complete = rows.length ? count === rows.length : at.phase === "done";
    return { total, count, complete };
  }

  /**
   * The item whose turn it is in a step.
   * @param {Step} at
   * @returns {number | null}
   */
  actor(at) {
    if (at.phase === "forward") return at.items.at(-1) ?? null;
    if (at.phase === "backward") return this.rows[at.rows[0]].sender;
    return at.phase === "seed" ? this.trace.root : null;
  }

  /**
   * The sentence of a step.
   * @param {Step} at
   * @returns {string}
   */
  sentence(at) {
    const { trace } = this;
    if (at.phase === "start") return trace.inputs;
    if (at.phase === "seed") return trace.start;
    if (at.phase === "done") return trace.done;
    if (at.frame !== null) return this.frames[at.frame][at.phase];
    const actor = this.items[/** @type {number} */ (this.actor(at))];
    if (at.phase === "forward") return actor.forward;
    return at.alone ? this.told(at.rows[0]) : `${actor.backward ?? ""} ${this.says(actor)}`;
  }

  /**
   * The sentence of a contribution.
   * @param {number} number
   * @returns {string}
   */
  told(number) {
    const row = this.rows[number];
    const { expects } = this.items[row.receiver];
    const cells = row.local === undefined;
    const place = row.arrived < expects ? "wait" : expects === 1 ? "only" : "all";
    const words = {
      sender: this.items[row.sender].name,
      receiver: this.items[row.receiver].name,
      upstream: brief(row.upstream),
      local: cells ? "" : brief(row.local),
      amount: brief(row.amount, cells ? plain : signed),
      count: row.arrived,
      expects,
    };
    const { sent } = this.trace;
    return `${sent[cells ? "array" : "number"]} ${sent[place]}`.replace(
      /\{(\w+)\}/g,
      (_, key) => words[key],
    );
  }

  /**
   * How an item is made: "p = max(a, b)".
   * @param {Item} item
   * @returns {string}
   */
  recipe(item) {
    return item.op ? item.forward.replace(/\s=[^=]*$/, "") : item.name;
  }

  /**
   * The sentence of an item's operation.
   * @param {Item} item
   * @returns {string}
   */
  says(item) {
    const text = this.trace.says[item.op ?? ""] ?? "";
    return text && `${text[0].toUpperCase()}${text.slice(1).replace(/\.$/, "")}.`;
  }
}

/**
 * @param {Phase} phase
 * @param {number} made
 * @param {number} sent
 * @returns {Step}
 */
function step(phase, made, sent) {
  return { phase, made, sent, items: [], rows: [], frame: null, alone: false };
}

/**
 * The step of another list that shows the same state, or the last one before it.
 * @param {Step[]} steps
 * @param {Step} at
 * @returns {number}
 */
export function sameStep(steps, at) {
  const phase = PHASES.indexOf(at.phase);
  let found = 0;
  steps.forEach((other, i) => {
    const before = PHASES.indexOf(other.phase) - phase || other.made - at.made;
    if (before < 0 || (before === 0 && other.sent <= at.sent)) found = i;
  });
  return found;
}
