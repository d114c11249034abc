/** Predict mode: the numbers of a step are asked for before they are shown. */

import { button, el } from "./dom.js";
import { indexText } from "./grid.js";
import { cellsOf, plain, signed, typed } from "./numbers.js";

const MOST_ASKED = 6;
const CLOSE = 0.01; // a guess this near counts as right, relative to the answer

/**
 * @typedef {import("./model.js").Model} Model
 * @typedef {import("./model.js").Step} Step
 * @typedef {{label: string, answer: number, told: string}} Question
 */

/**
 * What a step asks.
 * @param {Model} model
 * @param {Step} at
 * @returns {Question[]}
 */
export function questions(model, at) {
  if (at.frame !== null) return [];
  if (at.phase === "forward") {
    const item = model.items[at.items[0]];
    return asked(item.data, item.name, "is", item.forward, plain);
  }
  return at.rows.slice(0, MOST_ASKED).flatMap((number) => {
    const row = model.rows[number];
    const { name } = model.items[row.receiver];
    return asked(row.amount, name, "gets", model.told(number), signed);
  });
}

/**
 * A question about a number, or about the largest cell of an array.
 * @param {import("./model.js").Data} data
 * @param {string} name
 * @param {string} verb
 * @param {string} told
 * @param {(x: number) => string} write
 * @returns {Question[]}
 */
function asked(data, name, verb, told, write) {
  const cells = cellsOf(data);
  if (!cells.length) return [];
  const size = (/** @type {number} */ i) => Math.abs(cells[i]);
  const flat = cells.reduce((best, _, i) => (size(i) > size(best) ? i : best), 0);
  const where = typeof data === "object" ? indexText(data.shape, flat) : "";
  const whole = where ? `${name}${where} ${verb} ${write(cells[flat])}.` : told;
  return [{ label: `${name}${where} ${verb}`, answer: cells[flat], told: whole }];
}

/**
 * Whether a guess is right.
 * @param {number} guess
 * @param {number} answer
 */
export function isRight(guess, answer) {
  return guess === answer || Math.abs(guess - answer) <= CLOSE * Math.abs(answer);
}

/**
 * The form of a step. It calls `done` with how many guesses were right, and what to say.
 * @param {Question[]} list
 * @param {(right: number, told: string) => void} done
 * @returns {HTMLElement}
 */
export function quiz(list, done) {
  const fields = list.map(({ label }) => {
    const input = el("input", { type: "text", inputmode: "text", size: "7", autocomplete: "off" });
    const verdict = el("span.verdict");
    return { input, verdict, element: el("label.field", el("span", label), input, verdict) };
  });
  const told = el("span.verdict", { role: "status" });
  const show = () => {
    const right = list.filter(({ answer }, i) =>
      isRight(typed(fields[i].input.value), answer),
    ).length;
    const wrong = list.filter(({ answer }, i) => !isRight(typed(fields[i].input.value), answer));
    const praise = right === list.length ? "Right. " : "";
    done(
      right,
      praise +
        wrong
          .slice(0, 2)
          .map((one) => one.told)
          .join(" "),
    );
  };
  const check = () => {
    const verdicts = fields.map(({ input }, i) => isRight(typed(input.value), list[i].answer));
    if (verdicts.every(Boolean)) {
      show();
      return;
    }
    fields.forEach(({ input, verdict }, i) => {
      verdict.textContent = input.value.trim() === "" ? "" : verdicts[i] ? "right" : "not this";
      verdict.className = verdicts[i] ? "verdict right" : "verdict wrong";
      input.setAttribute("aria-invalid", String(!verdicts[i]));
    });
    told.textContent = "Try again, or show it.";
  };
  const form = el(
    "form.quiz",
    {
      onsubmit: (/** @type {Event} */ event) => {
        event.preventDefault();
        check();
      },
    },
    ...fields.map((field) => field.element),
  );
  form.append(
    el("button", { type: "submit", class: "button primary" }, "Check"),
    button("Show", show),
    told,
  );
  return form;
}
