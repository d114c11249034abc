/**
 * Where a page comes to life: the static part, which is a picture and tables, becomes the stepper.
 *
 * Several steppers may stand on one page, and an output may be shown twice: each script takes the
 * first host that nobody has set up.
 */

import { Deck } from "./deck.js";
import { el } from "./dom.js";
import { follow } from "./theme.js";

const HOST = ".glassgrad-stepper:not([data-ready])";

/**
 * Set up the first host that waits; if there is none yet, when there is one.
 * @param {import("./deck.js").PageData} data
 */
export function start(data) {
  const beside = document.currentScript?.closest(HOST);
  const host = /** @type {HTMLElement | null} */ (beside ?? document.querySelector(HOST));
  if (host) setUp(host, data);
  else if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", () => start(data), { once: true });
  }
}

/**
 * @param {HTMLElement} host
 * @param {import("./deck.js").PageData} data
 */
function setUp(host, data) {
  host.dataset.ready = "";
  const pictures = [...host.querySelectorAll("img")];
  const sources = pictures.map((picture) => {
    const address = picture.getAttribute("src") ?? "";
    return decodeURIComponent(address.slice(address.indexOf(",") + 1));
  });
  const root = host.attachShadow({ mode: "open" });
  const deck = new Deck(data, sources);
  root.append(el("style", data.css), deck.element);
  for (const child of [...host.children]) child.remove();
  follow(host, deck.element, data.theme);
  let width = 0;
  new ResizeObserver(([entry]) => {
    if (Math.abs(entry.contentRect.width - width) < 1) return;
    width = entry.contentRect.width;
    requestAnimationFrame(() => deck.fit());
  }).observe(deck.element);
}
