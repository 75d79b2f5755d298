// How numbers are written, and how parts of the page are made.

const MINUS = "\u2212";
const SPACE = "\u00a0";

/** Make an element; attributes that are null or false are left out, children that are text stay text. */
function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key === "text") element.textContent = value;
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

const byId = (id) => document.getElementById(id);

function percent(share, digits = 1) {
  return share === null || share === undefined ? "–" : (100 * share).toFixed(digits) + SPACE + "%";
}

function interval(low, high) {
  return (100 * low).toFixed(1) + " to " + percent(high);
}

function points(share) {
  return (100 * share).toFixed(1).replace("-", MINUS);
}

function whole(number) {
  return number === null || number === undefined ? "–" : Math.round(number).toLocaleString("en-US");
}

function counted(number, noun, plural = noun + "s") {
  return whole(number) + " " + (number === 1 ? noun : plural);
}

/** Write a number of parameters or multiply-adds: 356,810 or 41.2 million. */
function large(number) {
  if (number === null || number === undefined) return "–";
  return number >= 1e6 ? (number / 1e6).toFixed(1) + " million" : whole(number);
}

/** Write a time as in the course's reports: 9.3 s, 4 min 40 s, 2 h 05 min. */
function duration(seconds) {
  if (seconds === null || seconds === undefined) return "–";
  if (seconds < 90) return seconds.toFixed(1) + SPACE + "s";
  const minutes = Math.floor(Math.round(seconds) / 60), rest = Math.round(seconds) % 60;
  const two = (number) => String(number).padStart(2, "0");
  if (minutes < 90) return minutes + SPACE + "min " + two(rest) + SPACE + "s";
  return Math.floor(minutes / 60) + SPACE + "h " + two(minutes % 60) + SPACE + "min";
}

function chance(p) {
  return p < 0.001 ? "p < 0.001" : "p = " + Number(p.toPrecision(2));
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function median(values) {
  const sorted = values.filter((value) => value !== null).sort((a, b) => a - b);
  if (!sorted.length) return null;
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Standard deviation (n - 1); null for fewer than two. */
function spread(values) {
  if (values.length < 2) return null;
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}

/** Put rows of cells into a table body. A cell is text, an element, or {head: text} for the head of its row. */
function fillTable(body, rows) {
  body.replaceChildren(...rows.map((cells) => make("tr", {}, ...cells.map((cell) => {
    if (cell && cell.head !== undefined) return make("th", {scope: "row", text: cell.head});
    if (cell instanceof Node) return make("td", {}, cell);
    return make("td", {text: cell});
  }))));
}
