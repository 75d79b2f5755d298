// Charts, drawn by Plotly in the colours of the course when they come into view, and again when the theme changes.

const COLORS = {
  light: ["#1464B4", "#B5400A", "#119C86", "#4C1D66", "#B78A05"],
  dark: ["#4A93E6", "#F2813A", "#3CC9A6", "#E59BE0", "#FFE58A"],
};
const SYMBOLS = ["circle", "square", "triangle-up", "diamond", "triangle-down", "cross", "x", "star"];
const pending = new Map(); // charts that are out of sight, with what draws them
const drawn = new Map(); // what drew the others

/** Class and model names are text, but Plotly reads some markup. */
const plain = (text) => String(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;");

const theme = () => document.documentElement.dataset.theme;
const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const color = (number) => COLORS[theme()][number % COLORS.light.length];
const symbol = (number) => SYMBOLS[number % SYMBOLS.length];

function faded(hex, share) {
  const part = (start) => parseInt(hex.slice(start, start + 2), 16);
  return `rgba(${part(1)}, ${part(3)}, ${part(5)}, ${share})`;
}

const inView = new Set();
const watcher = new IntersectionObserver((entries) => {
  for (const {target, isIntersecting} of entries) inView[isIntersecting ? "add" : "delete"](target.id);
  drawPending();
}, {rootMargin: "400px"});

/** Plotly is most of this file. It is text until the rest of the page stands, so that nobody waits for it to read a number. */
function startPlotly() {
  const source = byId("plotly");
  document.head.append(make("script", {text: source.textContent}));
  source.remove();
  drawPending();
}

function drawPending() {
  if (typeof Plotly === "undefined") return;
  for (const id of [...pending.keys()]) if (inView.has(id)) drawNow(id);
}

/** Draw a chart. `describe` says in a sentence what it shows; `draw` returns traces and axes and is called again. */
function chart(id, describe, draw, whenClicked = null) {
  const place = byId(id);
  place.setAttribute("aria-label", describe);
  pending.set(id, {draw, whenClicked});
  watcher.observe(place);
  drawPending();
}

function drawNow(id) {
  const place = byId(id), {draw, whenClicked} = pending.get(id);
  pending.delete(id);
  drawn.set(id, {draw, whenClicked});
  const {traces, layout} = draw();
  Plotly.react(place, traces, {...common(), ...layout, xaxis: axis(layout.xaxis), yaxis: axis(layout.yaxis)},
    {displayModeBar: false, responsive: true, showTips: false, scrollZoom: false, doubleClick: "reset"});
  place.removeAllListeners("plotly_click");
  if (whenClicked) place.on("plotly_click", (event) => whenClicked(event.points[0].customdata));
  document.documentElement.dataset.charts = String(drawn.size);
}

function redrawAll() {
  for (const [id, how] of drawn) if (!pending.has(id)) { pending.set(id, how); drawNow(id); }
}

function common() {
  return {
    font: {family: 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif', size: 13, color: css("--ink")},
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", margin: {l: 52, r: 14, t: 8, b: 44},
    hoverlabel: {bgcolor: css("--card"), bordercolor: css("--edge"), font: {color: css("--ink"), size: 13}, align: "left"},
    legend: {orientation: "h", x: 0, y: 1.02, xanchor: "left", yanchor: "bottom", font: {size: 12}},
    hovermode: "closest", dragmode: false,
  };
}

function axis(own = {}) {
  return {
    gridcolor: css("--line"), linecolor: css("--edge"), zeroline: false, automargin: true, fixedrange: true,
    tickfont: {color: css("--soft"), size: 12}, ...own,
    title: {text: own.title || "", font: {size: 13, color: css("--ink")}, standoff: 8},
  };
}
