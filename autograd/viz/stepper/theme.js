/** Light or dark: as the ground is on which the page puts us. */

/**
 * How light a colour is, from 0 to 1; null if one sees through it.
 * @param {string} colour as `getComputedStyle` writes it
 * @returns {number | null}
 */
function lightness(colour) {
  const [r, g, b, alpha = 1] = (colour.match(/[\d.]+/g) ?? []).map(Number);
  if (b === undefined || alpha < 0.5) return null;
  return (0.299 * r + 0.587 * g + 0.114 * b) / 255;
}

/**
 * The theme of the ground under an element.
 * @param {Element} host
 * @returns {"light" | "dark"}
 */
export function ground(host) {
  for (let element = host.parentElement; element; element = element.parentElement) {
    const light = lightness(getComputedStyle(element).backgroundColor);
    if (light !== null) return light < 0.5 ? "dark" : "light";
  }
  const scheme = getComputedStyle(document.documentElement).colorScheme;
  const dark = scheme.includes("dark") && matchMedia("(prefers-color-scheme: dark)").matches;
  return dark || scheme === "dark" ? "dark" : "light";
}

/**
 * Keep an element's theme as the page has it, also when the page changes it.
 * @param {Element} host
 * @param {HTMLElement} element
 * @param {string} theme "auto", "light" or "dark"
 */
export function follow(host, element, theme) {
  const apply = () => {
    element.dataset.theme = theme === "auto" ? ground(host) : theme;
  };
  apply();
  if (theme !== "auto") return;
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", apply);
  const watch = new MutationObserver(() => requestAnimationFrame(apply));
  for (const place of [document.documentElement, document.body]) {
    watch.observe(place, { attributes: true });
  }
}
