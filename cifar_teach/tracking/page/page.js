// Ties the parts together: filters, theme, and one function that brings the whole page up to date.

const CHOSEN_IN_DETAIL = {show: null, beside: null, true: null, predicted: null};

function setUpFilters() {
  const data = byId("dataset");
  data.replaceChildren(...DATA.datasets.map((set) => new Option(set.label, set.key)));
  data.closest("label").hidden = DATA.datasets.length < 2;
  // Other data, other runs: nothing that was chosen among the first makes sense among the second.
  data.addEventListener("change", () => choose({data: data.value, models: null, run: null, without: null, ...CHOSEN_IN_DETAIL}));
  for (const name of ["run", "from", "to", "show", "beside", "cost"]) {
    byId(name).addEventListener("change", () => choose({[name]: byId(name).value === BEST ? null : byId(name).value}));
  }
  byId("reset").addEventListener("click", () => choose({models: null, run: null, without: null, from: null, to: null, ...CHOSEN_IN_DETAIL}));
  byId("skip").addEventListener("click", (event) => {
    event.preventDefault(); // the address belongs to the filters
    byId("detail").focus();
  });
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  byId("heat-body").addEventListener("keydown", moveInMatrix);
}

function showFilters(choice) {
  const {ofData, models, best} = choice, kinds = [...new Set(ofData.map((model) => model.model))].sort();
  byId("dataset").value = choice.data;
  byId("from").value = choice.from;
  byId("to").value = choice.to;
  if (byId("models").dataset.of !== choice.data) makeChoices(choice, kinds);
  byId("run").value = ofData.some((model) => model.run === choice.run) ? choice.run : "";
  for (const box of byId("models").querySelectorAll("input")) box.checked = !choice.kinds || choice.kinds.includes(box.value);
  const part = models.length === ofData.length ? `All ${counted(models.length, "trained model")}` : `${whole(models.length)} of ${counted(ofData.length, "trained model")}`;
  const left = DATA.unfinished ? ` Not shown, because not finished: ${whole(DATA.unfinished)}.` : "";
  byId("count").textContent = `${part}${best ? `; best: ${best.name}, ${percent(best.accuracy)}` : ""}.${left}`;
}

/** Make the filters that depend on the data: its kinds of models and its runs. */
function makeChoices({data, ofData}, kinds) {
  byId("models").dataset.of = data;
  byId("models").replaceChildren(...kinds.map((kind) => {
    const box = make("input", {type: "checkbox", value: kind});
    box.addEventListener("change", () => {
      const ticked = [...byId("models").querySelectorAll("input:checked")].map((each) => each.value);
      choose({models: ticked.length === kinds.length ? null : ticked.join("|") || "|"});
    });
    return make("label", {class: "chip"}, box, make("span", {text: kind}));
  }));
  const runs = new Map(ofData.map((model) => [model.run, `${model.run}: ${model.run_name}, ${model.day}`]));
  byId("run").replaceChildren(new Option(`all ${runs.size}`, ""), ...[...runs].reverse().map(([run, text]) => new Option(text, run)));
}

function show() {
  const choice = readChoice();
  byId("banner").hidden = !choice.dataset.synthetic;
  showFilters(choice);
  showOverview(choice);
  byId("compared").hidden = byId("detail").hidden = !choice.shown;
  byId("nothing").hidden = Boolean(choice.shown);
  if (choice.shown) for (const part of [showHead, showCurves, showClasses, showConfusion, showCalibration, showFacts]) part(choice);
  document.documentElement.dataset.ready = location.hash || "#";
}

/** Light or dark: what the reader chose here, what a page around this one says, or what the system says. */
function setUpTheme() {
  const system = matchMedia("(prefers-color-scheme: dark)"), picker = byId("theme");
  let told = null;
  const apply = () => {
    const wanted = picker.value !== "auto" ? picker.value : told || (system.matches ? "dark" : "light");
    if (wanted === theme()) return;
    document.documentElement.dataset.theme = wanted;
    redrawAll();
  };
  picker.addEventListener("change", apply);
  system.addEventListener("change", apply);
  window.addEventListener("message", (event) => {
    if (event.source !== window.parent || !["light", "dark"].includes(event.data?.theme)) return;
    told = event.data.theme;
    apply();
  });
}

setUpTheme();
setUpFilters();
window.addEventListener("hashchange", show);
show();
window.addEventListener("load", () => setTimeout(startPlotly)); // the browser shows what is there first
