// The trained models side by side: key figures, accuracy against cost, one line per kind of model, and the list of all.

const COST_NAMES = {
  cpu_seconds: "Processor time of training (s, all cores)", seconds: "Time of training (s)",
  parameters: "Parameters", macs: "Multiply-adds for one image",
};

function card(title, value, note, kind = null) {
  return make("div", {class: kind}, make("dt", {text: title}),
    make("dd", {class: /\d|–/.test(value) ? "value" : "value text", text: value}), make("dd", {class: "note", text: note}));
}

function total(models, name) {
  const known = models.map((model) => model[name]).filter((value) => value !== null);
  return known.length ? known.reduce((sum, value) => sum + value, 0) : null;
}

function showCards({models, best, dataset}) {
  const drawn = dataset.synthetic ? "drawn" : null;
  const count = (name) => new Set(models.map((model) => model[name])).size;
  const epochs = models.reduce((sum, model) => sum + model.history.epoch.length, 0);
  byId("cards").replaceChildren(
    card(drawn ? "Best accuracy on drawn pictures" : "Best accuracy", best ? percent(best.accuracy) : "–",
      best ? `95${SPACE}% interval ${interval(best.low, best.high)}; ${best.name}` : "no model fits the filters", drawn),
    card("Runs", whole(count("run")), `${counted(models.length, "trained model")}: ${counted(count("model"), "kind")}, ${counted(count("seed"), "seed")}`),
    card("Training time", duration(total(models, "seconds")), `${duration(total(models, "cpu_seconds"))} of processor time, ${counted(epochs, "epoch")}`),
    card("Data", drawn ? "Drawn pictures" : dataset.name,
      `${drawn ? "Not CIFAR-10. " : ""}${counted(dataset.n, "test image")}, checksum ${dataset.checksum.slice(0, 8)}`, drawn),
  );
}

/** Group trained models by what they are, the kind with the best mean first. */
function byKind(models) {
  const groups = new Map();
  for (const model of models) groups.set(model.model, [...(groups.get(model.model) || []), model]);
  return [...groups].map(([kind, list]) => ({kind, list, average: mean(list.map((model) => model.accuracy))}))
    .sort((a, b) => b.average - a.average);
}

function showCosts(choice) {
  const {cost, shown, models} = choice, usable = models.filter((model) => model[cost] > 0), groups = byKind(usable);
  const kinds = [...new Set(choice.ofData.map((model) => model.model))].sort(); // a filter does not change a colour
  byId("cost").value = cost;
  byId("cost-missing").hidden = usable.length === models.length;
  byId("cost-missing").textContent = `Not shown, because this number is not recorded: ${counted(models.length - usable.length, "trained model")}.`;
  const describe = `Test accuracy against ${COST_NAMES[cost].toLowerCase()} of ${counted(usable.length, "trained model")}, with 95 percent intervals. `
    + `Means: ${groups.map((group) => `${group.kind} ${percent(group.average)}`).join("; ")}. The table of trained models holds the same numbers.`;
  chart("chart-cost", describe, () => ({
    traces: groups.map(({kind, list}) => {
      const number = kinds.indexOf(kind), accuracy = list.map((model) => model.accuracy);
      return {
        type: "scatter", mode: "markers", name: plain(kind), x: list.map((model) => model[cost]), y: accuracy,
        customdata: list.map((model) => model.id),
        error_y: {
          type: "data", symmetric: false, array: list.map((model) => model.high - model.accuracy),
          arrayminus: list.map((model) => model.accuracy - model.low), thickness: 1.2, width: 3, color: faded(color(number), 0.55),
        },
        marker: {
          color: color(number), symbol: symbol(number), size: list.map((model) => (model === shown ? 15 : 9)),
          line: {color: css("--ink"), width: list.map((model) => (model === shown ? 2 : 0))},
        },
        text: list.map((model) => `<b>${plain(model.name)}</b><br>${percent(model.accuracy)} (${interval(model.low, model.high)})`
          + `<br>${cost.endsWith("seconds") ? duration(model[cost]) : large(model[cost])}`),
        hovertemplate: "%{text}<extra></extra>",
      };
    }),
    layout: {
      xaxis: {title: COST_NAMES[cost], type: "log", ...logTicks(usable.map((model) => model[cost]))},
      yaxis: {title: "Test accuracy", tickformat: ".0%"},
    },
  }), (id) => choose({show: id}));
}

/** Ticks of a logarithmic axis: powers of ten over a wide range, and more steps between them the narrower it is. */
function logTicks(values) {
  if (!values.length) return {};
  const low = Math.min(...values), high = Math.max(...values), ratio = high / low;
  const steps = ratio > 200 ? [1] : ratio > 8 ? [1, 2, 5] : [1, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9];
  const powers = Array.from({length: Math.ceil(Math.log10(ratio)) + 3}, (_, i) => 10 ** (Math.floor(Math.log10(low)) - 1 + i));
  const ticks = powers.flatMap((power) => steps.map((step) => Number((step * power).toPrecision(2))));
  const units = [[1e9, 1e9, " G"], [1e6, 1e6, " M"], [1e4, 1e3, " k"], [0, 1, ""]];
  const short = (value) => {
    const [, size, unit] = units.find(([from]) => value >= from);
    return String(Number((value / size).toPrecision(3))) + unit;
  };
  return {tickvals: ticks, ticktext: ticks.map(short)};
}

function showKinds({models}) {
  fillTable(byId("kinds-body"), byKind(models).map(({kind, list, average}) => {
    const best = list.reduce((a, b) => (b.accuracy > a.accuracy ? b : a));
    const deviation = spread(list.map((model) => model.accuracy));
    return [{head: kind}, whole(list.length), percent(average) + (deviation === null ? "" : ` ± ${points(deviation)}`),
      percent(best.accuracy), interval(best.low, best.high), large(best.parameters),
      duration(median(list.map((model) => model.cpu_seconds))), percent(mean(list.map((model) => model.macro_f1)))];
  }));
}

function rangeOf(model, lowest, highest) {
  const at = (value) => (100 * (value - lowest)) / (highest - lowest || 1);
  return make("span", {class: "range", "aria-hidden": "true"},
    make("i", {style: `left:${at(model.low)}%;width:${at(model.high) - at(model.low)}%`}), make("b", {style: `left:${at(model.accuracy)}%`}));
}

function showList({listed, without, shown}) {
  const lowest = Math.min(...listed.map((model) => model.low)), highest = Math.max(...listed.map((model) => model.high));
  const focused = document.activeElement?.dataset?.key;
  byId("list-body").replaceChildren(...[...listed].sort((a, b) => b.accuracy - a.accuracy).map((model) => {
    const tick = make("input", {type: "checkbox", "data-key": `tick-${model.id}`, "aria-label": `Count ${model.name}`});
    tick.checked = !without.includes(model.id);
    tick.addEventListener("change", () => {
      choose({without: [...without.filter((id) => id !== model.id), ...(tick.checked ? [] : [model.id])].join("|")});
    });
    const button = make("button", {type: "button", text: "Show", "data-key": `show-${model.id}`, "aria-label": `Show ${model.name} in detail`, disabled: !tick.checked});
    button.addEventListener("click", () => {
      byId("detail").focus(); // which brings it into view, and lets a screen reader begin there
      choose({show: model.id});
    });
    const texts = (...list) => list.map((text) => make("td", {text}));
    return make("tr", {"aria-current": model === shown ? "true" : null}, make("td", {}, tick), make("td", {}, button),
      make("th", {scope: "row", class: "text", text: model.name}), ...texts(percent(model.accuracy)), make("td", {}, rangeOf(model, lowest, highest)),
      ...texts(interval(model.low, model.high), percent(model.macro_f1), percent(model.reliability.ece), large(model.parameters),
        duration(model.seconds), duration(model.cpu_seconds), model.seed, model.day));
  }));
  // The rows are new; whoever moves by keyboard stays where they were.
  if (focused) byId("list-body").querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus({preventScroll: true});
}

function showOverview(choice) {
  showCards(choice);
  showList(choice);
  if (!choice.models.length) return;
  showCosts(choice);
  showKinds(choice);
}
