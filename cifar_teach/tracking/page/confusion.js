// The confusion matrix as a table of buttons, and the misclassified images behind each of its cells.

const PAIRS = 8; // confusions that have a button of their own above the matrix

function worstPairs(model) {
  const pairs = [];
  model.confusion.forEach((row, is) => row.forEach((count, said) => { if (is !== said && count) pairs.push({is, said, count}); }));
  return pairs.sort((a, b) => b.count - a.count || a.is - b.is || a.said - b.said);
}

function showConfusion(choice) {
  const {shown, dataset} = choice, names = dataset.classes;
  const pairs = worstPairs(shown);
  let {is, said} = choice;
  if (is === null || said === null) [is, said] = pairs.length ? [pairs[0].is, pairs[0].said] : [0, 0];
  const focused = document.activeElement?.dataset?.cell;
  byId("pairs").replaceChildren(...pairs.slice(0, PAIRS).map((pair) => {
    const button = make("button", {type: "button", "data-cell": `pair-${pair.is}-${pair.said}`, "aria-pressed": String(pair.is === is && pair.said === said)},
      `${names[pair.is]} → ${names[pair.said]} `, make("b", {text: whole(pair.count)}));
    button.addEventListener("click", () => choose({true: pair.is, predicted: pair.said}));
    return make("li", {}, button);
  }));
  byId("heat-head").replaceChildren(make("th", {scope: "col", text: "true ↓ predicted →"}), ...names.map((name) => make("th", {scope: "col"}, make("span", {text: name}))));
  byId("heat-body").replaceChildren(...names.map((name, row) => make("tr", {}, make("th", {scope: "row", text: name}),
    ...names.map((other, column) => heatCell(shown, names, row, column, is === row && said === column)))));
  if (focused) document.querySelector(`[data-cell="${CSS.escape(focused)}"]`)?.focus({preventScroll: true});
  showGallery(choice, is, said);
}

function heatCell(model, names, row, column, current) {
  const count = model.confusion[row][column], share = count / (model.support[row] || 1), right = row === column;
  const label = right ? `${names[row]} recognised: ${whole(count)}, ${percent(share)} of all ${names[row]} images`
    : `true ${names[row]}, predicted ${names[column]}: ${whole(count)}, ${percent(share)} of all ${names[row]} images`;
  // The root spreads out the small shares, which are what one looks for. At most half of the colour: black stays readable on it.
  const strength = count ? Math.round(6 + 44 * Math.sqrt(share)) : 0;
  const button = make("button", {type: "button", title: label, "aria-label": label, "aria-pressed": String(current), "data-cell": `cell-${row}-${column}`,
    tabindex: current ? "0" : "-1", style: `--strength:${strength}`, text: count ? whole(count) : "·"});
  button.addEventListener("click", () => choose({true: row, predicted: column}));
  return make("td", {class: right ? "right" : "wrong"}, button);
}

/** Move through the matrix with the arrow keys, as through any table of a spreadsheet. */
function moveInMatrix(event) {
  const at = /^cell-(\d+)-(\d+)$/.exec(event.target.dataset?.cell || "");
  const step = {ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1]}[event.key];
  if (!at) return;
  const last = byId("heat-body").rows.length - 1;
  let row = Number(at[1]), column = Number(at[2]);
  if (step) { row += step[0]; column += step[1]; } else if (event.key === "Home") column = 0;
  else if (event.key === "End") column = last;
  else return;
  event.preventDefault();
  const next = document.querySelector(`[data-cell="cell-${Math.min(last, Math.max(0, row))}-${Math.min(last, Math.max(0, column))}"]`);
  for (const button of byId("heat-body").querySelectorAll("button")) button.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}

function showGallery(choice, is, said) {
  const {shown, models, dataset} = choice, names = dataset.classes, count = shown.confusion[is][said];
  const listed = shown.errors[`${is},${said}`] || [];
  const known = listed.filter(([image]) => DATA.images[`${choice.data}:${image}`]).length;
  const title = byId("gallery-title"), text = byId("gallery-text"), list = byId("gallery");
  if (is === said) {
    title.textContent = `${names[is]}, recognised`;
    text.textContent = `${shown.name} names ${counted(count, "image")} of class ${names[is]} correctly. Choose a cell beside the diagonal to see mistakes.`;
    return list.replaceChildren();
  }
  title.textContent = `True ${names[is]}, predicted ${names[said]}`;
  const part = percent(count / (shown.support[is] || 1));
  text.textContent = !count ? `${shown.name} makes no such mistake.`
    : `${counted(count, "image")}, ${part} of all ${names[is]} images. `
      + (listed.length < count ? `The ${listed.length} most confident:` : "Most confident first:")
      + (listed.length && !known ? " " + DATA.no_images : "");
  list.replaceChildren(...listed.map(([image, confidence]) => {
    const picture = DATA.images[`${choice.data}:${image}`];
    const alt = `Test image ${image}: ${names[is]} taken for ${names[said]}`;
    const misses = models.filter((model) => !isRight(model, image)).length;
    return make("li", {},
      picture ? make("img", {src: picture, alt, width: 80, height: 80}) : make("div", {class: "blank", text: `image ${image}`}),
      make("div", {}, make("span", {class: "true", text: names[is]}), " → ", make("span", {class: "said", text: names[said]})),
      make("div", {class: "soft"}, `${percent(confidence)} sure`, make("br"), models.length > 1 ? `${misses} of ${models.length} models get it wrong` : `image ${image}`));
  }));
}
