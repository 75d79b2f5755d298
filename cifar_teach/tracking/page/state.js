// What the reader has chosen. It is kept in the address after #, so that a link opens the same view and Back undoes a choice.

const DATA = JSON.parse(byId("data").textContent);
const RUNS = DATA.runs;
const COSTS = ["cpu_seconds", "seconds", "parameters", "macs"];
const BEST = "best";

/** Read the choice from the address; what does not exist is ignored. */
function readChoice() {
  const given = new URLSearchParams(location.hash.slice(1));
  const list = (name) => (given.has(name) ? given.get(name).split(",").filter(Boolean) : null);
  const day = (name) => (/^\d{4}-\d\d-\d\d$/.test(given.get(name) || "") ? given.get(name) : "");
  const key = DATA.datasets.some((set) => set.key === given.get("data")) ? given.get("data") : DATA.datasets[0].key;
  const choice = {
    data: key,
    models: list("models"), // null: all
    without: list("without") || [],
    from: day("from"),
    to: day("to"),
    run: given.get("run") || BEST,
    beside: given.get("beside") || "",
    cost: COSTS.includes(given.get("cost")) ? given.get("cost") : COSTS[0],
    is: given.get("true"),
    said: given.get("predicted"),
  };
  choice.ofData = RUNS.filter((run) => run.dataset === key);
  choice.listed = choice.ofData.filter((run) => (!choice.models || choice.models.includes(run.model))
    && (!choice.from || run.day >= choice.from) && (!choice.to || run.day <= choice.to));
  choice.runs = choice.listed.filter((run) => !choice.without.includes(run.id));
  choice.best = choice.runs.reduce((best, run) => (best && best.accuracy >= run.accuracy ? best : run), null);
  // A run that the filters leave out is not shown in detail either: every number on the page is about the same runs.
  choice.shown = choice.runs.find((run) => run.id === choice.run) || choice.best;
  choice.other = choice.runs.find((run) => run.id === choice.beside && run !== choice.shown) || null;
  choice.dataset = DATA.datasets.find((set) => set.key === key);
  const classes = choice.dataset.classes.length;
  const known = (text) => (/^\d+$/.test(text || "") && Number(text) < classes ? Number(text) : null);
  choice.is = known(choice.is);
  choice.said = known(choice.said);
  return choice;
}

/** Change parts of the choice; an empty value takes a part back. The page follows by itself. */
function choose(changes) {
  const given = new URLSearchParams(location.hash.slice(1));
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === "") given.delete(name);
    else given.set(name, value);
  }
  const wanted = "#" + (given.toString() || "all");
  if (wanted !== location.hash) location.hash = wanted;
}
