// One model in detail, if wished beside another: training, classes, calibration, and where it came from.

/** Say which of two models is better, and whether chance explains it. */
function verdict(a, b) {
  const found = comparePaired(a, b);
  if (!found) return "These two cannot be compared image by image: they were tested on different images.";
  const ahead = found.difference >= 0 ? a : b, behind = ahead === a ? b : a;
  const sign = found.difference >= 0 ? 1 : -1;
  const [low, high] = sign > 0 ? [found.low, found.high] : [-found.high, -found.low];
  const facts = `95${SPACE}% interval ${points(low)} to ${points(high)} points, McNemar ${chance(found.p)}`;
  const basis = `Exactly one of the two is right on ${counted(found.onlyA + found.onlyB, "image")}: ${a.name} on ${whole(found.onlyA)} of them, `
    + `${b.name} on ${whole(found.onlyB)}. Among many pairs, a few differ this clearly by chance alone.`;
  const size = points(sign * found.difference);
  if (low > 0 && found.p < 0.05) return `${ahead.name} is better than ${behind.name} by ${size} points (${facts}). ${basis}`;
  if (low > 0 || found.p < 0.05) return `${ahead.name} is ahead of ${behind.name} by ${size} points (${facts}), but interval and test do not agree that this is more than chance: call it undecided. ${basis}`;
  return `The difference of ${size} points between ${a.name} and ${b.name} is within what chance explains (${facts}): on these images neither is shown to be better. ${basis}`;
}

function showHead(choice) {
  const {models, shown, other, best} = choice;
  const sorted = [...models].sort((a, b) => b.accuracy - a.accuracy);
  const options = sorted.map((model) => new Option(`${model.name}, ${percent(model.accuracy)}`, model.id));
  byId("show").replaceChildren(new Option("the best of these", BEST), ...options);
  byId("show").value = shown.id === choice.detail ? shown.id : BEST;
  byId("beside").replaceChildren(new Option("no other", ""), ...options.filter((option) => option.value !== shown.id).map((option) => new Option(option.text, option.value)));
  byId("beside").value = other ? other.id : "";
  byId("detail-title").textContent = `In detail: ${shown.name}`;
  const rank = sorted.indexOf(shown) + 1;
  byId("detail-summary").textContent = `${percent(shown.accuracy)} of ${whole(shown.n)} test images right (95${SPACE}% interval ${interval(shown.low, shown.high)}), `
    + `${rank === 1 ? "the best" : `number ${rank}`} of ${counted(models.length, "trained model")}; seed ${shown.seed}, ${shown.day}.`
    + (shown === best && models.length > 1 ? " The best of several was picked by its test accuracy, so that number flatters it a little." : "");
  byId("verdict").textContent = other ? verdict(shown, other) : "";
}

/** Say how far training and validation lie apart where the model ended. */
function gapInWords(model) {
  const {accuracy, val_accuracy: held} = model.history, last = accuracy.length - 1;
  if (last < 0) return "No epochs are recorded: this model was not trained step by step.";
  if (held[last] === null) return "No validation images: whether the network learns or memorises cannot be seen here.";
  const gap = accuracy[last] - held[last];
  const meaning = gap > 0.1 ? "A wide gap: the network knows its training images better than new ones."
    : gap < -0.02 ? "Below zero: training accuracy is measured on augmented images while the weights still move."
      : "A narrow gap: what it learned carries over to new images.";
  return `Generalisation gap of ${model.name} after epoch ${model.history.epoch[last]}: ${points(gap)} points (training ${percent(accuracy[last])}, validation ${percent(held[last])}). ${meaning}`;
}

function curveTraces(choice, train, held) {
  const {shown, other, models} = choice, traces = [];
  const rest = models.filter((model) => model !== shown && model !== other && model.history.epoch.length);
  if (rest.length) {
    const x = [], y = [];
    for (const model of rest) { x.push(...model.history.epoch, null); y.push(...model.history[held], null); }
    traces.push({type: "scatter", mode: "lines", name: "the others, validation", x, y, hoverinfo: "skip", line: {color: faded(css("--edge"), 0.28), width: 1}});
  }
  for (const [place, model] of [shown, other].entries()) {
    if (!model || !model.history.epoch.length) continue;
    const dots = model.history.epoch.length <= 20 ? "lines+markers" : "lines";
    const share = train === "accuracy", number = share ? ":.1%" : ":.3f";
    const line = (column, words, dash, fill) => ({
      type: "scatter", mode: dots, name: `${plain(model.name)}, ${words}`, x: model.history.epoch, y: model.history[column],
      line: {color: color(place), dash, width: 2}, marker: {symbol: symbol(place), size: 6}, fill, fillcolor: faded(color(place), 0.13),
      hovertemplate: `epoch %{x}, ${words}: %{y${number}}<extra></extra>`,
    });
    traces.push(line(train, "training", "dot", "none"));
    if (model.history[held].some((value) => value !== null)) traces.push(line(held, "validation", "solid", place === 0 ? "tonexty" : "none"));
  }
  return traces;
}

function showCurves(choice) {
  const {shown} = choice, {history} = shown;
  byId("gap").textContent = gapInWords(shown) + (choice.other ? " " + gapInWords(choice.other) : "");
  const last = history.epoch.length - 1;
  const ends = (column, write) => (last < 0 ? "nothing recorded" : `${write(history[column][0])} after the first epoch, ${write(history[column][last])} after the last`);
  const epochs = {title: "Epoch", rangemode: "tozero", ...(last < 10 ? {dtick: 1} : {})}; // there are no half epochs
  const plainNumber = (value) => (value === null ? "–" : value.toFixed(3));
  chart("chart-loss", `Loss of ${shown.name} over ${counted(last + 1, "epoch")}: training ${ends("loss", plainNumber)}; validation ${ends("val_loss", plainNumber)}.`,
    () => ({traces: curveTraces(choice, "loss", "val_loss"), layout: {xaxis: epochs, yaxis: {title: "Loss (nats)", rangemode: "tozero"}}}));
  chart("chart-accuracy", `Accuracy of ${shown.name} over ${counted(last + 1, "epoch")}: training ${ends("accuracy", percent)}; validation ${ends("val_accuracy", percent)}.`,
    () => ({traces: curveTraces(choice, "accuracy", "val_accuracy"), layout: {xaxis: epochs, yaxis: {title: "Accuracy", tickformat: ".0%"}}}));
  fillTable(byId("epochs-body"), history.epoch.map((epoch, i) => [
    {head: String(epoch)}, plainNumber(history.loss[i]), plainNumber(history.val_loss[i]), percent(history.accuracy[i]), percent(history.val_accuracy[i]),
    history.accuracy[i] === null || history.val_accuracy[i] === null ? "–" : points(history.accuracy[i] - history.val_accuracy[i]),
  ]));
}

function showClasses(choice) {
  const {shown, other, dataset} = choice, names = dataset.classes;
  const order = names.map((_, i) => i).sort((a, b) => shown.f1[a] - shown.f1[b]);
  const weakest = order[0], strongest = order[order.length - 1];
  chart("chart-classes", `Precision, recall and F1 of each class for ${shown.name}. Lowest F1: ${names[weakest]}, ${percent(shown.f1[weakest])}; highest: ${names[strongest]}, ${percent(shown.f1[strongest])}.`, () => {
    const dots = (model, column, words, number, marker) => ({
      type: "scatter", mode: "markers", name: words, x: order.map((i) => model[column][i]), y: order.map((i) => plain(names[i])),
      marker: {color: color(number), symbol: symbol(number), size: 10, ...marker}, hovertemplate: `%{y}, ${words}: %{x:.1%}<extra></extra>`,
    });
    const traces = [dots(shown, "precision", "precision", 0), dots(shown, "recall", "recall", 1), dots(shown, "f1", "F1", 2)];
    if (other) traces.push(dots(other, "f1", `F1 of ${plain(other.name)}`, 3, {symbol: "diamond-open", size: 12, line: {width: 2}}));
    return {traces, layout: {xaxis: {tickformat: ".0%", title: ""}, yaxis: {type: "category", tickfont: {color: css("--ink"), size: 13}}}};
  });
  fillTable(byId("classes-body"), [...order].reverse().map((i) => [{head: names[i]}, percent(shown.precision[i]), percent(shown.recall[i]), percent(shown.f1[i]),
    other ? percent(other.f1[i]) : "–", whole(shown.support[i])]));
}

function calibrationInWords({name, accuracy, reliability, calibrated, temperature}) {
  const gap = reliability.mean - accuracy;
  const manner = Math.abs(gap) < 0.01 ? "on the whole neither too sure nor too timid" : gap > 0 ? "too sure of itself" : "less sure than it could be";
  const after = calibrated && temperature ? ` After temperature scaling (T = ${temperature.toFixed(2)}, fitted on validation images) ${points(calibrated.ece)} points.` : "";
  return `${name} claims ${percent(reliability.mean)} on average and is right on ${percent(accuracy)}: ${manner}. Expected calibration error (ECE): ${points(reliability.ece)} points.${after}`;
}

function showCalibration({shown, other}) {
  const lines = [{name: shown.name, bins: shown.reliability}];
  if (shown.calibrated) lines.push({name: "after temperature scaling", bins: shown.calibrated});
  if (other) lines.push({name: other.name, bins: other.reliability});
  const words = [shown, ...(other ? [other] : [])].map(calibrationInWords).join(" ");
  byId("calibration-text").textContent = words;
  const filled = ({count}) => count.map((_, i) => i).filter((i) => count[i] > 0);
  const ends = ({accuracy, count}, i) => wilson(Math.round(accuracy[i] * count[i]), count[i]);
  chart("chart-calibration", `Reliability diagram. ${words} On the dotted diagonal confidence and accuracy agree.`, () => ({
    traces: [
      {type: "scatter", mode: "lines", name: "as sure as right", x: [0, 1], y: [0, 1], line: {color: css("--edge"), dash: "dot", width: 1.5}, hoverinfo: "skip"},
      ...lines.map(({name, bins}, place) => {
        const used = filled(bins), {confidence, accuracy, count} = bins;
        return {
          type: "scatter", mode: "lines+markers", name: plain(name), x: used.map((i) => confidence[i]), y: used.map((i) => accuracy[i]),
          line: {color: color(place), width: 2}, marker: {symbol: symbol(place), size: 8},
          error_y: {
            type: "data", symmetric: false, array: used.map((i) => ends(bins, i)[1] - accuracy[i]),
            arrayminus: used.map((i) => accuracy[i] - ends(bins, i)[0]), thickness: 1.1, width: 3, color: faded(color(place), 0.5),
          },
          text: used.map((i) => counted(count[i], "image")), hovertemplate: "confidence %{x:.1%}, right %{y:.1%}, %{text}<extra></extra>",
        };
      }),
    ],
    layout: {xaxis: {title: "Confidence", tickformat: ".0%", range: [0, 1.02]}, yaxis: {title: "Share that is right", tickformat: ".0%", range: [-0.03, 1.05]}},
  }));
  const {confidence, accuracy, count} = shown.reliability;
  fillTable(byId("calibration-body"), filled(shown.reliability).map((i) => [{head: percent(confidence[i])}, percent(accuracy[i]), interval(...ends(shown.reliability, i)), whole(count[i])]));
}

function showFacts({shown, dataset}) {
  const facts = [
    ["Model", `${shown.model}${shown.parameters ? `, ${whole(shown.parameters)} parameters` : ""}${shown.macs ? `, ${large(shown.macs)} multiply-adds for one image` : ""}`],
    ["Seed", shown.seed], ["Started", shown.started], ["Training", `${duration(shown.seconds)}, ${duration(shown.cpu_seconds)} of processor time`],
    ["Data", `${dataset.synthetic ? "drawn pictures, not CIFAR-10" : dataset.name}; ${counted(shown.n, "test image")}`], ["Checksum", dataset.checksum], ...shown.facts];
  byId("facts").replaceChildren(...facts.flatMap(([name, value]) => [make("dt", {text: name}), make("dd", {text: String(value)})]));
}
