// What the reader has chosen. It is kept in the address after #, so that a link opens the same view and Back undoes a choice.

const DATA = JSON.parse(byId("data").textContent);
const COSTS = ["cpu_seconds", "seconds", "parameters", "macs"];
const BEST = "best";

/** Read the choice from the address; what does not exist is ignored. */
function readChoice() {
  const given = new URLSearchParams(location.hash.slice(1));
  const list = (name) => (given.has(name) ? given.get(name).split("|").filter(Boolean) : null);
  const day = (name) => (/^\d{4}-\d\d-\d\d$/.test(given.get(name) || "") ? given.get(name) : "");
  const key = DATA.datasets.some((set) => set.key === given.get("data")) ? given.get("data") : DATA.datasets[0].key;
  const choice = {
    data: key,
    kinds: list("models"), // null: all
    run: given.get("run") || "", // empty: all
    without: list("without") || [],
    from: day("from"),
    to: day("to"),
    detail: given.get("show") || BEST,
    beside: given.get("beside") || "",
    cost: given.get("cost"),
    is: given.get("true"),
    said: given.get("predicted"),
  };
  choice.ofData = DATA.models.filter((model) => model.dataset === key);
  const recorded = COSTS.filter((name) => choice.ofData.some((model) => model[name] > 0));
  if (!COSTS.includes(choice.cost)) choice.cost = recorded[0] || COSTS[0];
  choice.listed = choice.ofData.filter((model) => (!choice.kinds || choice.kinds.includes(model.model))
    && (!choice.run || model.run === choice.run)
    && (!choice.from || model.day >= choice.from) && (!choice.to || model.day <= choice.to));
  choice.models = choice.listed.filter((model) => !choice.without.includes(model.id));
  choice.best = choice.models.reduce((best, model) => (best && best.accuracy >= model.accuracy ? best : model), null);
  // What the filters leave out is not shown in detail either: every number on the page is about the same models.
  choice.shown = choice.models.find((model) => model.id === choice.detail) || choice.best;
  choice.other = choice.models.find((model) => model.id === choice.beside && model !== choice.shown) || null;
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
  given.delete("all"); // stands for an empty choice
  const wanted = "#" + (given.toString() || "all");
  if (wanted !== location.hash) location.hash = wanted;
}
