// One run in detail, if wished beside another: training, classes, calibration, and where the run came from.

/** Say which of two runs is better, and whether chance explains it. */
function verdict(a, b) {
  const found = comparePaired(a, b);
  if (!found) return "The two runs cannot be compared image by image: one of them has no predictions in the database.";
  const ahead = found.difference >= 0 ? a : b, behind = ahead === a ? b : a;
  const sign = found.difference >= 0 ? 1 : -1;
  const [low, high] = sign > 0 ? [found.low, found.high] : [-found.high, -found.low];
  const facts = `95${SPACE}% interval ${points(low)} to ${points(high)} points, McNemar ${chance(found.p)}`;
  const basis = `Exactly one of the two is right on ${counted(found.onlyA + found.onlyB, "image")}: ${nameOf(a)} on ${whole(found.onlyA)} of them, `
    + `${nameOf(b)} on ${whole(found.onlyB)}. Among many pairs of runs, a few differ this clearly by chance alone.`;
  const size = points(sign * found.difference);
  if (low > 0 && found.p < 0.05) return `${nameOf(ahead)} is better than ${nameOf(behind)} by ${size} points (${facts}). ${basis}`;
  if (low > 0 || found.p < 0.05) return `${nameOf(ahead)} is ahead of ${nameOf(behind)} by ${size} points (${facts}), but interval and test do not agree that this is more than chance: call it undecided. ${basis}`;
  return `The difference of ${size} points between ${nameOf(a)} and ${nameOf(b)} is within what chance explains (${facts}): on these images neither is shown to be better. ${basis}`;
}

function showHead(choice) {
  const {runs, shown, other, best} = choice;
  const sorted = [...runs].sort((a, b) => b.accuracy - a.accuracy);
  const options = sorted.map((run) => new Option(`${nameOf(run)}, seed ${run.seed}, ${percent(run.accuracy)}`, run.id));
  byId("run").replaceChildren(new Option("the best of these runs", BEST), ...options);
  byId("run").value = choice.run !== BEST && shown.id === choice.run ? shown.id : BEST;
  byId("beside").replaceChildren(new Option("no other run", ""), ...options.filter((option) => option.value !== shown.id).map((option) => new Option(option.text, option.value)));
  byId("beside").value = other ? other.id : "";
  byId("detail-title").textContent = `One run in detail: ${nameOf(shown)}`;
  const rank = sorted.indexOf(shown) + 1;
  byId("detail-summary").textContent = `${percent(shown.accuracy)} of ${whole(shown.n)} test images right (95${SPACE}% interval ${interval(shown.low, shown.high)}), `
    + `${rank === 1 ? "the best" : `number ${rank}`} of ${counted(runs.length, "run")}; seed ${shown.seed}, ${shown.day}.`
    + (shown === best && runs.length > 1 ? " The best of several was picked by its test accuracy, so that number flatters it a little." : "");
  byId("verdict").textContent = other ? verdict(shown, other) : "";
}

/** Say how far training and validation lie apart where the run ended. */
function gapInWords(run) {
  const {accuracy, val_accuracy: held} = run.history, last = accuracy.length - 1;
  if (last < 0) return "No epochs are recorded: this run was not trained step by step.";
  if (held[last] === null) return "No validation images: whether the network learns or memorises cannot be seen here.";
  const gap = accuracy[last] - held[last];
  const meaning = gap > 0.1 ? "A wide gap: the network knows its training images better than new ones."
    : gap < -0.02 ? "Below zero: training accuracy is measured on augmented images while the weights still move."
      : "A narrow gap: what it learned carries over to new images.";
  return `Generalisation gap of ${nameOf(run)} after epoch ${run.history.epoch[last]}: ${points(gap)} points (training ${percent(accuracy[last])}, validation ${percent(held[last])}). ${meaning}`;
}

function curveTraces(choice, train, held) {
  const {shown, other, runs} = choice, traces = [];
  const rest = runs.filter((run) => run !== shown && run !== other && run.history.epoch.length);
  if (rest.length) {
    const x = [], y = [];
    for (const run of rest) { x.push(...run.history.epoch, null); y.push(...run.history[held], null); }
    traces.push({type: "scatter", mode: "lines", name: "other runs, validation", x, y, hoverinfo: "skip", line: {color: faded(css("--edge"), 0.28), width: 1}});
  }
  for (const [place, run] of [shown, other].entries()) {
    if (!run || !run.history.epoch.length) continue;
    const dots = run.history.epoch.length <= 20 ? "lines+markers" : "lines";
    const share = train === "accuracy", number = share ? ":.1%" : ":.3f";
    const line = (column, words, dash, fill) => ({
      type: "scatter", mode: dots, name: `${plain(nameOf(run))}, ${words}`, x: run.history.epoch, y: run.history[column],
      line: {color: color(place), dash, width: 2}, marker: {symbol: symbol(place), size: 6}, fill, fillcolor: faded(color(place), 0.13),
      hovertemplate: `epoch %{x}, ${words}: %{y${number}}<extra></extra>`,
    });
    traces.push(line(train, "training", "dot", "none"));
    if (run.history[held].some((value) => value !== null)) traces.push(line(held, "validation", "solid", place === 0 ? "tonexty" : "none"));
  }
  return traces;
}

function showCurves(choice) {
  const {shown} = choice, {history} = shown;
  byId("gap").textContent = gapInWords(shown) + (choice.other ? " " + gapInWords(choice.other) : "");
  const last = history.epoch.length - 1;
  const ends = (column, write) => (last < 0 ? "nothing recorded" : `${write(history[column][0])} after the first epoch, ${write(history[column][last])} after the last`);
  const plainNumber = (value) => (value === null ? "–" : value.toFixed(3));
  chart("chart-loss", `Loss of ${nameOf(shown)} over ${counted(last + 1, "epoch")}: training ${ends("loss", plainNumber)}; validation ${ends("val_loss", plainNumber)}.`,
    () => ({traces: curveTraces(choice, "loss", "val_loss"), layout: {xaxis: {title: "Epoch", rangemode: "tozero"}, yaxis: {title: "Loss (nats)", rangemode: "tozero"}}}));
  chart("chart-accuracy", `Accuracy of ${nameOf(shown)} over ${counted(last + 1, "epoch")}: training ${ends("accuracy", percent)}; validation ${ends("val_accuracy", percent)}.`,
    () => ({traces: curveTraces(choice, "accuracy", "val_accuracy"), layout: {xaxis: {title: "Epoch", rangemode: "tozero"}, yaxis: {title: "Accuracy", tickformat: ".0%"}}}));
  fillTable(byId("epochs-body"), history.epoch.map((epoch, i) => [
    {head: String(epoch)}, plainNumber(history.loss[i]), plainNumber(history.val_loss[i]), percent(history.accuracy[i]), percent(history.val_accuracy[i]),
    history.accuracy[i] === null || history.val_accuracy[i] === null ? "–" : points(history.accuracy[i] - history.val_accuracy[i]),
  ]));
}

function showClasses(choice) {
  const {shown, other, dataset} = choice, names = dataset.classes;
  const order = names.map((_, i) => i).sort((a, b) => shown.f1[a] - shown.f1[b]);
  const weakest = order[0], strongest = order[order.length - 1];
  chart("chart-classes", `Precision, recall and F1 of each class for ${nameOf(shown)}. Lowest F1: ${names[weakest]}, ${percent(shown.f1[weakest])}; highest: ${names[strongest]}, ${percent(shown.f1[strongest])}.`, () => {
    const dots = (run, column, words, number, marker) => ({
      type: "scatter", mode: "markers", name: words, x: order.map((i) => run[column][i]), y: order.map((i) => plain(names[i])),
      marker: {color: color(number), symbol: symbol(number), size: 10, ...marker}, hovertemplate: `%{y}, ${words}: %{x:.1%}<extra></extra>`,
    });
    const traces = [dots(shown, "precision", "precision", 0), dots(shown, "recall", "recall", 1), dots(shown, "f1", "F1", 2)];
    if (other) traces.push(dots(other, "f1", `F1 of ${plain(nameOf(other))}`, 3, {symbol: "diamond-open", size: 12, line: {width: 2}}));
    return {traces, layout: {xaxis: {tickformat: ".0%", title: ""}, yaxis: {type: "category", tickfont: {color: css("--ink"), size: 13}}}};
  });
  fillTable(byId("classes-body"), [...order].reverse().map((i) => [{head: names[i]}, percent(shown.precision[i]), percent(shown.recall[i]), percent(shown.f1[i]),
    other ? percent(other.f1[i]) : "–", whole(shown.support[i])]));
}

function calibrationInWords(run) {
  const gap = run.mean_confidence - run.accuracy;
  const manner = Math.abs(gap) < 0.01 ? "on the whole neither too sure nor too timid" : gap > 0 ? "too sure of itself" : "less sure than it could be";
  return `${nameOf(run)} claims ${percent(run.mean_confidence)} on average and is right on ${percent(run.accuracy)}: ${manner}. Expected calibration error (ECE): ${points(run.ece)} points.`;
}

function showCalibration(choice) {
  const pair = [choice.shown, choice.other].filter((run) => run && run.reliability);
  byId("calibration").hidden = !pair.length;
  byId("calibration-missing").hidden = pair.length > 0;
  if (!pair.length) return;
  byId("calibration-text").textContent = pair.map(calibrationInWords).join(" ");
  const filled = (run) => run.reliability.count.map((_, i) => i).filter((i) => run.reliability.count[i] > 0);
  chart("chart-calibration", `Reliability diagram. ${pair.map(calibrationInWords).join(" ")} On the dotted diagonal confidence and accuracy agree.`, () => ({
    traces: [
      {type: "scatter", mode: "lines", name: "as sure as right", x: [0, 1], y: [0, 1], line: {color: css("--edge"), dash: "dot", width: 1.5}, hoverinfo: "skip"},
      ...pair.map((run, place) => {
        const bins = filled(run), {confidence, accuracy, count} = run.reliability;
        const ends = bins.map((i) => wilson(Math.round(accuracy[i] * count[i]), count[i]));
        return {
          type: "scatter", mode: "lines+markers", name: plain(nameOf(run)), x: bins.map((i) => confidence[i]), y: bins.map((i) => accuracy[i]),
          line: {color: color(place), width: 2}, marker: {symbol: symbol(place), size: 8},
          error_y: {type: "data", symmetric: false, array: bins.map((i, k) => ends[k][1] - accuracy[i]), arrayminus: bins.map((i, k) => accuracy[i] - ends[k][0]), thickness: 1.1, width: 3, color: faded(color(place), 0.5)},
          text: bins.map((i) => counted(count[i], "image")), hovertemplate: "confidence %{x:.1%}, right %{y:.1%}, %{text}<extra></extra>",
        };
      }),
    ],
    layout: {xaxis: {title: "Confidence", tickformat: ".0%", range: [0, 1.02]}, yaxis: {title: "Share that is right", tickformat: ".0%", range: [-0.03, 1.05]}},
  }));
  const {confidence, accuracy, count} = pair[0].reliability;
  fillTable(byId("calibration-body"), filled(pair[0]).map((i) => [{head: percent(confidence[i])}, percent(accuracy[i]), interval(...wilson(Math.round(accuracy[i] * count[i]), count[i])), whole(count[i])]));
}

function showFacts(choice) {
  const {shown, dataset} = choice;
  const facts = [["Run", shown.name], ["Model", `${shown.model}${shown.parameters ? `, ${whole(shown.parameters)} parameters` : ""}`], ["Seed", shown.seed], ["Started", shown.started],
    ["Data", `${dataset.synthetic ? "drawn pictures, not CIFAR-10" : dataset.name}${shown.train_size ? `; ${whole(shown.train_size)} training images, validation included` : ""}; ${whole(shown.n)} test images`],
    ["Checksum", dataset.checksum], ["Training", `${duration(shown.seconds)}, ${duration(shown.cpu_seconds)} of processor time`], ...shown.facts];
  byId("facts").replaceChildren(...facts.filter(([, value]) => value !== null && value !== "").flatMap(([name, value]) => [make("dt", {text: name}), make("dd", {text: String(value)})]));
}
