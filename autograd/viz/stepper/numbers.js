/**
 * How a number is written: the same digits as `numbers.py`, with a true minus sign.
 *
 * A test in a browser holds the two equal.
 */

const DIGITS = 5;
const DUST = 1e-7;

/**
 * A number from JSON, where nan and the infinities are strings.
 * @param {number | string} x
 * @returns {number}
 */
export function real(x) {
  if (typeof x === "number") return x;
  return { inf: Infinity, "-inf": -Infinity }[x] ?? NaN;
}

/**
 * The digits and the exponent of a positive number, a tie rounded to the even digit.
 * @param {number} x
 * @param {number} most
 * @returns {[string, number]}
 */
function rounded(x, most) {
  const [long, power] = x.toExponential(60).split("e");
  const kept = long.slice(0, most + 1);
  const tie = /^50*$/.test(long.slice(most + 1)) && "02468".includes(kept.at(-1) ?? "");
  if (tie) return [kept.replace(".", ""), Number(power)];
  const [near, exponent] = x.toExponential(most - 1).split("e");
  return [near.replace(".", ""), Number(exponent)];
}

/**
 * A number with at most so many significant digits, without trailing zeros; "-" as in Python.
 * @param {number} x
 * @param {number} [most] at least 2
 * @returns {string}
 */
export function number(x, most = DIGITS) {
  if (Number.isNaN(x)) return "nan";
  if (x === 0) return "0";
  const sign = x < 0 ? "-" : "";
  if (!Number.isFinite(x)) return `${sign}inf`;
  const [digits, power] = rounded(Math.abs(x), most);
  const bare = digits.replace(/0+$/, "");
  if (power < -4 || power >= most) {
    const size = String(Math.abs(power)).padStart(2, "0");
    const mantissa = bare.length > 1 ? `${bare[0]}.${bare.slice(1)}` : bare;
    return `${sign}${mantissa}e${power < 0 ? "-" : "+"}${size}`;
  }
  if (power < 0) return `${sign}0.${"0".repeat(-power - 1)}${bare}`;
  const whole = digits.slice(0, power + 1);
  const rest = bare.slice(power + 1);
  return sign + (rest ? `${whole}.${rest}` : whole);
}

/**
 * The text with a true minus sign.
 * @param {string} text
 * @returns {string}
 */
export function pretty(text) {
  return text.replaceAll("-", "\u2212");
}

/**
 * A number for the page.
 * @param {number} x
 * @param {number} [most]
 * @returns {string}
 */
export function plain(x, most) {
  return pretty(number(x, most));
}

/**
 * A number for the page with its sign, as gradients are written; 0 has none.
 * @param {number} x
 * @param {number} [most]
 * @returns {string}
 */
export function signed(x, most) {
  return `${x > 0 ? "+" : ""}${plain(x, most)}`;
}

/**
 * Whether all digits of a number are shown, but for the dust of floating point.
 * @param {number} x
 * @returns {boolean}
 */
export function isExact(x) {
  return !Number.isFinite(x) || Math.abs(Number(number(x)) - x) <= DUST * Math.abs(x);
}

/**
 * What a reader typed as a number: "-1.5", "+3", "1/4", "2,5"; NaN if it is none.
 * @param {string} text
 * @returns {number}
 */
export function typed(text) {
  const clean = text.trim().replaceAll("\u2212", "-").replace(",", ".");
  if (!/^[-+]?[\d.]+(e[-+]?\d+)?(\/[\d.]+)?$/i.test(clean)) return NaN;
  const [top, below = "1"] = clean.split("/");
  return Number(top) / Number(below);
}

/**
 * The cells of a number or an array; none for an array that is told by its extremes.
 * @param {import("./model.js").Data} data
 * @returns {number[]}
 */
export function cellsOf(data) {
  return typeof data === "object" ? (data.cells ?? []).map(real) : [real(data)];
}

/**
 * A shape as people say it.
 * @param {import("./model.js").Data} data
 * @returns {string} "2×3"; "" for a number
 */
export function shapeText(data) {
  return typeof data === "object" ? data.shape.join("\u00d7") : "";
}

/**
 * The same where it stands by itself.
 * @param {import("./model.js").Data} data
 * @returns {string} "2×3", "4 cells"
 */
export function sizeText(data) {
  const text = shapeText(data);
  return /^\d+$/.test(text) ? `${text} cells` : text;
}

/**
 * A number, or the range of an array, or all of it if it is short.
 * @param {import("./model.js").Data} data
 * @param {(x: number, most?: number) => string} [write]
 * @param {number} [most] digits of an array's numbers
 * @returns {string}
 */
export function range(data, write = plain, most = DIGITS) {
  const cells = cellsOf(data);
  if (typeof data !== "object" || !data.shape.length) return write(cells[0]);
  if (data.shape.length === 1 && cells.length && cells.length <= 4) {
    return `[${cells.map((x) => write(x, most)).join(", ")}]`;
  }
  if (data.shape.includes(0)) return "empty";
  const low = cells.length ? cells.reduce((a, b) => Math.min(a, b)) : real(data.min ?? 0);
  const high = cells.length ? cells.reduce((a, b) => Math.max(a, b)) : real(data.max ?? 0);
  const [from, to] = [write(low, most), write(high, most)];
  return low === high ? `all ${from}` : `${from} to ${to}`;
}

/**
 * A number, or an array in one short line, with its shape.
 * @param {import("./model.js").Data} data
 * @param {(x: number, most?: number) => string} [write]
 * @returns {string}
 */
export function brief(data, write = plain) {
  const text = range(data, write);
  return shapeText(data) && !text.startsWith("[") ? `${sizeText(data)}, ${text}` : text;
}
