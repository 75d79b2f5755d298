// Ties the parts together: filters, theme, and one function that brings the whole page up to date.

function setUpFilters() {
  const data = byId("dataset");
  data.replaceChildren(...DATA.datasets.map((set) => new Option(set.label, set.key)));
  data.closest("label").hidden = DATA.datasets.length < 2;
  // Other data, other runs: nothing that was chosen among the first makes sense among the second.
  data.addEventListener("change", () => choose({data: data.value, models: null, without: null, run: null, beside: null, true: null, predicted: null}));
  for (const name of ["from", "to"]) byId(name).addEventListener("change", () => choose({[name]: byId(name).value}));
  byId("reset").addEventListener("click", () => choose({models: null, without: null, from: null, to: null, run: null, beside: null, true: null, predicted: null}));
  for (const name of ["run", "beside", "cost"]) byId(name).addEventListener("change", () => choose({[name]: byId(name).value === BEST ? null : byId(name).value}));
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  byId("heat-body").addEventListener("keydown", moveInMatrix);
}

function showFilters(choice) {
  byId("dataset").value = choice.data;
  byId("from").value = choice.from;
  byId("to").value = choice.to;
  const names = [...new Set(choice.ofData.map((run) => run.model))].sort();
  const chosen = choice.models ? choice.models.filter((name) => names.includes(name)) : names;
  if (byId("models").dataset.names !== names.join("\n")) {
    byId("models").dataset.names = names.join("\n");
    byId("models").replaceChildren(...names.map((name) => {
      const box = make("input", {type: "checkbox", value: name});
      box.addEventListener("change", () => {
        const ticked = [...byId("models").querySelectorAll("input:checked")].map((each) => each.value);
        choose({models: ticked.length === names.length ? null : ticked.join(",") || ","});
      });
      return make("label", {class: "chip"}, box, make("span", {text: name}));
    }));
  }
  for (const box of byId("models").querySelectorAll("input")) box.checked = chosen.includes(box.value);
  const {runs, ofData, best} = choice;
  const number = runs.length === ofData.length ? `All ${counted(runs.length, "run")}` : `${whole(runs.length)} of ${counted(ofData.length, "run")}`;
  const left = DATA.unfinished ? ` ${counted(DATA.unfinished, "run")} in the database ${DATA.unfinished === 1 ? "is" : "are"} not finished and not shown.` : "";
  byId("count").textContent = `${number}${best ? `; best: ${nameOf(best)}, ${percent(best.accuracy)}` : ""}.${left}`;
}

function show() {
  const choice = readChoice();
  byId("banner").hidden = !choice.dataset.synthetic;
  showFilters(choice);
  showOverview(choice);
  byId("overview-body").hidden = byId("detail").hidden = !choice.shown;
  byId("nothing").hidden = Boolean(choice.shown);
  if (choice.shown) {
    showHead(choice);
    showCurves(choice);
    showClasses(choice);
    showConfusion(choice);
    showCalibration(choice);
    showFacts(choice);
  }
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
