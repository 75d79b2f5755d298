// The runs side by side: key figures, accuracy against cost, models, and the list of runs.

const COST_NAMES = {
  cpu_seconds: "Processor time of training (s, all cores)", seconds: "Time of training (s)",
  parameters: "Parameters", macs: "Multiply-adds of one answer",
};

const nameOf = (run) => `${run.model} #${run.number}`;

function card(title, value, note, kind = "") {
  return make("div", {class: kind}, make("dt", {text: title}),
    make("dd", {class: "value", text: value}), make("dd", {class: "note", text: note}));
}

function showCards(choice) {
  const {runs, best, dataset} = choice;
  if (!best) return byId("cards").replaceChildren(card("Runs", "0", "No run fits these filters. “Show all” brings them back."));
  const kind = dataset.synthetic ? "drawn" : "";
  const models = new Set(runs.map((run) => run.model)).size;
  const timed = runs.filter((run) => run.seconds !== null), busy = runs.filter((run) => run.cpu_seconds !== null);
  const sum = (list, name) => list.reduce((total, run) => total + run[name], 0);
  const time = timed.length ? duration(sum(timed, "seconds")) : "not recorded";
  const cpu = busy.length ? `${duration(sum(busy, "cpu_seconds"))} of processor time` : "Processor time not recorded";
  byId("cards").replaceChildren(
    card(dataset.synthetic ? "Best accuracy on drawn pictures" : "Best accuracy", percent(best.accuracy),
      `95${SPACE}% interval ${interval(best.low, best.high)}; ${nameOf(best)}, ${whole(best.n)} test images`, kind),
    card("Runs", whole(runs.length), `${counted(models, "model")}, ${counted(new Set(runs.map((run) => run.seed)).size, "seed")}`),
    card("Training time", time, `${cpu}, ${counted(runs.reduce((total, run) => total + run.history.epoch.length, 0), "epoch")} in all`),
    card("Data", dataset.synthetic ? "Drawn pictures" : dataset.name,
      (dataset.synthetic ? "Not CIFAR-10. " : "") + `${whole(dataset.n)} test images, checksum ${dataset.checksum.slice(0, 8)}`, kind),
  );
}

/** Group runs by model, the model with the best mean first. */
function byModel(runs) {
  const groups = new Map();
  for (const run of runs) groups.set(run.model, [...(groups.get(run.model) || []), run]);
  return [...groups].map(([model, list]) => ({model, list, mean: mean(list.map((run) => run.accuracy))}))
    .sort((a, b) => b.mean - a.mean);
}

function showCosts(choice, modelNumber) {
  const name = choice.cost, usable = choice.runs.filter((run) => run[name] > 0);
  byId("cost").value = name;
  byId("cost-missing").hidden = usable.length === choice.runs.length;
  byId("cost-missing").textContent = `${counted(choice.runs.length - usable.length, "run")} without this number cannot be shown.`;
  const groups = byModel(usable);
  const describe = !usable.length ? "No run to show." : `Test accuracy against ${COST_NAMES[name].toLowerCase()} of ${counted(usable.length, "run")}, `
    + `with 95 percent intervals. ${groups.map((group) => `${group.model}: ${percent(group.mean)}`).join("; ")}. The table of runs holds the same numbers.`;
  chart("chart-cost", describe, () => ({
    traces: groups.map((group) => {
      const number = modelNumber(group.model);
      return {
        type: "scatter", mode: "markers", name: group.model, x: group.list.map((run) => run[name]),
        y: group.list.map((run) => run.accuracy), customdata: group.list.map((run) => run.id),
        error_y: {
          type: "data", symmetric: false, array: group.list.map((run) => run.high - run.accuracy),
          arrayminus: group.list.map((run) => run.accuracy - run.low), thickness: 1.2, width: 3, color: faded(color(number), 0.55),
        },
        marker: {
          color: color(number), symbol: symbol(number), size: group.list.map((run) => (run === choice.shown ? 15 : 9)),
          line: {color: css("--ink"), width: group.list.map((run) => (run === choice.shown ? 2 : 0))},
        },
        text: group.list.map((run) => `<b>${plain(nameOf(run))}</b>, seed ${run.seed}<br>${percent(run.accuracy)} (${interval(run.low, run.high)})`
          + `<br>${name.endsWith("seconds") ? duration(run[name]) : large(run[name])}`),
        hovertemplate: "%{text}<extra></extra>",
      };
    }),
    layout: {
      xaxis: {title: COST_NAMES[name], type: "log", exponentformat: "SI", dtick: "D2", tickangle: 0, nticks: 6},
      yaxis: {title: "Test accuracy", tickformat: ".0%"},
    },
  }), (id) => choose({run: id}));
}

/** Class and model names are text, but Plotly reads some markup. */
function plain(text) {
  return String(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

function showModels(choice) {
  fillTable(byId("models-body"), byModel(choice.runs).map(({model, list, mean: average}) => {
    const best = list.reduce((a, b) => (b.accuracy > a.accuracy ? b : a));
    const deviation = spread(list.map((run) => run.accuracy));
    return [{head: model}, whole(list.length), percent(average) + (deviation === null ? "" : ` ± ${points(deviation)}`),
      percent(best.accuracy), interval(best.low, best.high), large(best.parameters),
      duration(median(list.map((run) => run.cpu_seconds))), percent(mean(list.map((run) => run.macro_f1)))];
  }));
}

function rangeOf(run, lowest, highest) {
  const at = (value) => (100 * (value - lowest)) / (highest - lowest || 1);
  return make("span", {class: "range", "aria-hidden": "true"},
    make("i", {style: `left:${at(run.low)}%;width:${at(run.high) - at(run.low)}%`}), make("b", {style: `left:${at(run.accuracy)}%`}));
}

function showRuns(choice) {
  const {listed, without, shown} = choice;
  const lowest = Math.min(...listed.map((run) => run.low)), highest = Math.max(...listed.map((run) => run.high));
  const focused = document.activeElement && document.activeElement.dataset ? document.activeElement.dataset.key : null;
  const rows = [...listed].sort((a, b) => b.accuracy - a.accuracy).map((run) => {
    const tick = make("input", {type: "checkbox", "data-key": `tick-${run.id}`, "aria-label": `Count ${nameOf(run)}`});
    tick.checked = !without.includes(run.id);
    tick.addEventListener("change", () => choose({without: toggled(without, run.id, !tick.checked).join(",")}));
    const button = make("button", {type: "button", text: "Show", "data-key": `show-${run.id}`, "aria-label": `Show ${nameOf(run)} in detail`, disabled: !tick.checked});
    button.addEventListener("click", () => choose({run: run.id}));
    const row = make("tr", {"aria-current": run === shown ? "true" : null}, make("td", {}, tick), make("th", {scope: "row", class: "text", text: nameOf(run)}),
      ...[run.day, run.seed, percent(run.accuracy)].map((text) => make("td", {text})), make("td", {}, rangeOf(run, lowest, highest)),
      ...[interval(run.low, run.high), percent(run.macro_f1), percent(run.ece), duration(run.seconds), duration(run.cpu_seconds)].map((text) => make("td", {text})),
      make("td", {}, button));
    return row;
  });
  byId("runs-body").replaceChildren(...rows);
  // The rows are new; whoever moves by keyboard stays where they were.
  if (focused) byId("runs-body").querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus({preventScroll: true});
}

function toggled(list, value, on) {
  return on ? [...new Set([...list, value])] : list.filter((each) => each !== value);
}

function showOverview(choice) {
  const names = [...new Set(choice.ofData.map((run) => run.model))].sort();
  showCards(choice);
  showCosts(choice, (model) => names.indexOf(model));
  showModels(choice);
  showRuns(choice);
}
