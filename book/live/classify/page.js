/* The page "Classify your own picture": what is chosen, dropped or pasted goes to the engine, and the answer is shown. */
(function () {
  "use strict";

  const Engine = globalThis.CifarTeachEngine, Picture = globalThis.CifarTeachPicture, Drawing = globalThis.CifarTeachDrawing;
  const part = (name) => document.getElementById(`live-${name}`);
  const percent = (p) => (p < 0.005 ? "<1" : p > 0.995 ? ">99" : String(Math.round(100 * p))) + " %";
  const pause = () => new Promise((resolve) => setTimeout(resolve));

  let network, steps;
  let current = null; // {pixels, original, name, truth, preview, probabilities, results}
  let turn = 0; // grows with everything that is asked for; an answer to an older question is not shown

  /** Begin something new: what still runs for an older question notices and stops. */
  function newTurn() {
    part("progress").hidden = true;
    part("cover").removeAttribute("aria-disabled");
    return ++turn;
  }

  function say(status, error = "") {
    part("status").textContent = status;
    part("error").textContent = error;
  }

  /* ---- pictures in */

  async function take(file) {
    const mine = newTurn();
    say("Reading the picture …");
    try {
      const { pixels, width, height, preview } = await Picture.read(file, network.size);
      if (mine !== turn) return;
      const name = `${file.name || "The pasted picture"}, ${width} × ${height} pixels`;
      await show({ pixels, original: pixels, name, preview });
    } catch (problem) {
      if (mine === turn) say("", problem.message);
    }
  }

  function listen() {
    for (const input of [part("file"), part("camera")]) {
      input.addEventListener("change", () => {
        if (input.files.length) take(input.files[0]);
        input.value = ""; // the same file can be chosen again
      });
    }
    const zone = part("drop");
    const hover = (event) => {
      event.preventDefault(); // otherwise the browser leaves the page and opens the file
      zone.classList.add("live-over");
    };
    window.addEventListener("dragenter", hover);
    window.addEventListener("dragover", hover);
    window.addEventListener("dragleave", (event) => { if (!event.relatedTarget) zone.classList.remove("live-over"); });
    window.addEventListener("drop", (event) => {
      event.preventDefault();
      zone.classList.remove("live-over");
      const file = event.dataTransfer.files[0];
      if (file) take(file);
      else say("", "No file was dropped. Save the picture first, then drop or choose the file.");
    });
    document.addEventListener("paste", (event) => {
      if (event.target.closest?.("input, textarea, [contenteditable]")) return;
      const file = [...(event.clipboardData?.files ?? [])].find(({ type }) => type.startsWith("image/"));
      if (file) take(file);
      else say("", "There is no picture in the clipboard. Copy a picture, or a screenshot, and paste again.");
    });
    part("samples").addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (button) showSample(Number(button.value));
    });
    part("changes").addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (button && current) change(button.value);
    });
    part("cover").addEventListener("click", cover);
    part("layer").addEventListener("input", showLayer);
    for (const [name, by] of [["previous", -1], ["next", 1]]) {
      part(name).addEventListener("click", () => {
        part("layer").value = Number(part("layer").value) + by;
        showLayer();
      });
    }
  }

  /* ---- the drawings that come with the page */

  let drawings, shownAs;

  const article = (word) => (/^[aeiou]/.test(word) ? `an ${word}` : `a ${word}`);

  function showSample(number) {
    newTurn();
    const length = network.size ** 2 * 3;
    const pixels = drawings.slice(number * length, (number + 1) * length);
    show({ pixels, original: pixels, name: `Our drawing of ${article(shownAs[number])}`, truth: shownAs[number] });
  }

  function listSamples() {
    drawings = Engine.bytesOf(globalThis.CIFAR_TEACH_SAMPLES);
    shownAs = globalThis.CIFAR_TEACH_SAMPLES.classes;
    const length = network.size ** 2 * 3;
    shownAs.forEach((name, number) => {
      const item = document.createElement("li");
      const button = document.createElement("button");
      const canvas = document.createElement("canvas");
      button.type = "button";
      button.value = number;
      canvas.setAttribute("aria-hidden", "true");
      Drawing.picture(canvas, drawings.subarray(number * length, (number + 1) * length), network.size);
      button.append(canvas, name);
      item.append(button);
      part("samples").append(item);
    });
  }

  /* ---- small changes to the picture */

  const CHANGES = {
    turn: ["turned by 90 degrees", (pixels) => Engine.turned(pixels, network.size)],
    mirror: ["mirrored", (pixels) => Engine.mirrored(pixels, network.size)],
    shift: ["moved by 4 pixels", (pixels) => Engine.shifted(pixels, network.size, 4, 4)],
    grey: ["without colour", (pixels) => eachPixel(pixels, (r, g, b) => Array(3).fill(0.299 * r + 0.587 * g + 0.114 * b))],
    dark: ["half as bright", (pixels) => eachPixel(pixels, (r, g, b) => [r / 2, g / 2, b / 2])],
    far: ["half as large", smaller],
  };

  function eachPixel(pixels, formula) {
    const result = new Uint8Array(pixels.length);
    for (let i = 0; i < pixels.length; i += 3) {
      result.set(formula(pixels[i], pixels[i + 1], pixels[i + 2]).map(Math.round), i);
    }
    return result;
  }

  /** The picture at half its size in the middle, its mean colour around it: as if it were taken from farther away. */
  function smaller(pixels) {
    const size = network.size, half = size / 2, edge = half / 2;
    const inner = Picture.toSquare(pixels, size, size, half);
    const mean = [0, 1, 2].map((c) => Math.round(pixels.filter((_, i) => i % 3 === c).reduce((a, b) => a + b, 0) / size ** 2));
    const result = Uint8Array.from(pixels, (_, i) => mean[i % 3]);
    for (let row = 0; row < half; row++) {
      result.set(inner.subarray(row * half * 3, (row + 1) * half * 3), ((row + edge) * size + edge) * 3);
    }
    return result;
  }

  function change(name) {
    newTurn();
    if (name === "undo") return show({ ...current, pixels: current.original, changed: "" }, current);
    const [words, formula] = CHANGES[name];
    const changed = current.changed ? `${current.changed}, ${words}` : words;
    return show({ ...current, pixels: formula(current.pixels), changed }, current);
  }

  /* ---- the answer */

  async function show(next, before = null) {
    const mine = turn;
    say("Looking …");
    await pause(); // so that the browser draws the line above
    if (mine !== turn) return;
    const start = performance.now();
    const probabilities = Engine.calibrated(Engine.predict(network, next.pixels), network.temperature);
    const milliseconds = performance.now() - start;
    current = { ...next, probabilities, results: Engine.forward(network, next.pixels) };
    part("result").hidden = false;
    showPicture();
    showBars(probabilities, before?.probabilities);
    showAnswer(probabilities, before?.probabilities);
    part("covered").hidden = true;
    showLayer();
    say(`Done: ${network.views} looks at the picture in ${Math.max(1, Math.round(milliseconds))} ms, on your own device.`);
    part("tool").dataset.answered = String(Number(part("tool").dataset.answered || 0) + 1);
  }

  function showPicture() {
    const changed = current.changed ? `, ${current.changed}` : "";
    Drawing.picture(part("seen"), current.pixels, network.size);
    part("seen").setAttribute("aria-label", `${current.name}${changed}, as ${network.size} by ${network.size} pixels`);
    part("seen-text").textContent = `What the network sees: ${network.size} × ${network.size} pixels${changed}.`;
    part("whole").hidden = !current.preview;
    if (current.preview) {
      Drawing.preview(part("preview"), current.preview);
      part("preview").setAttribute("aria-label", `${current.name}; the parts outside the centred square are shaded`);
      part("preview-text").textContent = `${current.name}. The shaded part is cut off.`;
    }
    part("undo").disabled = !current.changed;
  }

  function showBars(probabilities, before) {
    const best = probabilities.indexOf(Math.max(...probabilities));
    part("bars").replaceChildren(...network.classNames.map((name, i) => {
      const item = document.createElement("li");
      item.className = i === best ? "live-best" : "";
      const cells = [["name", name], ["bar", ""], ["value", percent(probabilities[i])]].map(([kind, text]) => {
        const cell = document.createElement("span");
        cell.className = `live-${kind}`;
        cell.textContent = text;
        return cell;
      });
      cells[1].setAttribute("aria-hidden", "true");
      cells[1].style.setProperty("--share", probabilities[i]);
      if (before) {
        const mark = document.createElement("i");
        mark.style.setProperty("--share", before[i]);
        cells[1].append(mark);
      }
      item.append(...cells);
      return item;
    }));
    part("bars-note").hidden = !before;
  }

  function showAnswer(probabilities, before) {
    const order = [...probabilities.keys()].sort((a, b) => probabilities[b] - probabilities[a]);
    const named = (i) => `${network.classNames[i]} (${percent(probabilities[i])})`;
    const [first, second, third] = order;
    const said = network.classNames[first];
    const lines = [`The network says ${named(first)}, then ${named(second)}, then ${named(third)}.`];
    if (before) {
      const old = before.indexOf(Math.max(...before));
      const same = old === first ? "The same class as before, which had" : `Before the change it said ${network.classNames[old]}, with`;
      lines.push(`${same} ${percent(before[old])}.`);
    }
    if (current.truth) {
      lines.push(`The drawing was made as ${article(current.truth)}, so it is ${said === current.truth ? "right" : "wrong"}.`);
    }
    part("answer").textContent = lines.join(" ");
    const bits = Engine.entropy(probabilities);
    const most = Math.log2(probabilities.length);
    part("doubt").textContent =
      "It had to choose one of these ten; a picture of anything else gets a class, too. " +
      `Entropy: ${bits.toFixed(1)} of at most ${most.toFixed(1)} bits, ` +
      (bits < 0.05
        ? "which is hardly any doubt. That is not the same as being right."
        : `as undecided as between ${(2 ** bits).toFixed(1)} equally likely classes.`);
  }

  /* ---- what mattered */

  async function cover() {
    const mine = newTurn();
    const { pixels, probabilities } = current;
    const best = probabilities.indexOf(Math.max(...probabilities));
    const bar = part("progress");
    const button = part("cover");
    button.setAttribute("aria-disabled", "true");
    bar.hidden = false;
    const squares = Engine.occlusion(network, pixels, best);
    let step = squares.next();
    let pausedAt = performance.now();
    while (!step.done) {
      bar.max = step.value.total;
      bar.value = step.value.done;
      if (performance.now() - pausedAt > 30) {
        await pause();
        pausedAt = performance.now();
      }
      if (mine !== turn) return;
      step = squares.next();
    }
    bar.hidden = true;
    button.removeAttribute("aria-disabled");
    const { map, before } = step.value;
    const { most, place } = Drawing.spotlight(part("spotlight"), pixels, map, network.size);
    const name = network.classNames[best];
    const words = most < 0.02
      ? `No single square matters: covering any of them takes hardly anything from “${name}”.`
      : `What counts most for “${name}” lies at the ${place}: covering it takes up to ${Math.round(100 * most)} of the ` +
        `${Math.round(100 * before)} points that it has in a single look. Dark parts hardly count.`;
    part("spotlight").setAttribute("aria-label", `The picture, bright where covering it matters. ${words}`);
    part("covered-text").textContent = words;
    part("covered").hidden = false;
  }

  /* ---- layer by layer */

  function titleOf(layer, number) {
    const isCorrection = network.layers.some(({ op, inputs }) => op === "add" && inputs[1] === number);
    const words = {
      input: "the red, green and blue of the picture",
      conv: () => `convolution with filters of ${layer.kernel[0]} × ${layer.kernel[1]}` + (isCorrection ? ", a correction" : ""),
      max_pool: () => `max pooling, the largest of every ${layer.pool[0]} × ${layer.pool[1]}`,
      add: "the input of the block plus its correction",
    }[layer.op];
    return (typeof words === "function" ? words() : words) + (layer.relu ? ", then ReLU" : "");
  }

  function showLayer() {
    const position = Number(part("layer").value);
    const number = steps[position];
    const layer = network.layers[number];
    const title = `Step ${position + 1} of ${steps.length}: ${titleOf(layer, number)}`;
    part("layer").setAttribute("aria-valuetext", title);
    part("layer-title").textContent = title;
    part("previous").disabled = position === 0;
    part("next").disabled = position === steps.length - 1;
    if (!current) return;
    const { lowest, highest, strongest, zeros } = Drawing.featureMaps(part("maps"), current.results[number]);
    const [height, width, count] = layer.shape;
    const words = `${count} maps of ${height} × ${width} numbers. Black is ${lowest.toFixed(1)}, white is ` +
      `${highest.toFixed(1)}; ${percent(zeros)} are zero. The largest number is in map ${strongest + 1}, in the frame.`;
    part("maps").setAttribute("aria-label", words);
    part("maps-text").textContent = words;
  }

  /* ---- start */

  function start() {
    if (!Engine || !Picture || !Drawing || !globalThis.CIFAR_TEACH_NETWORK || !globalThis.CIFAR_TEACH_SAMPLES) {
      say("", "The network did not load completely. Reload the page; offline, the folder classify must lie beside it.");
      return;
    }
    try {
      network = Engine.load(globalThis.CIFAR_TEACH_NETWORK);
    } catch (problem) {
      say("", problem.message);
      return;
    }
    steps = [...network.layers.keys()].filter((i) => network.layers[i].shape.length === 3 && network.layers[i].op !== "scale");
    part("layer").max = steps.length - 1;
    const { card } = network;
    const points = (p) => (100 * p).toFixed(1);
    part("card").textContent =
      `The network is ${network.name}, ${card.params.toLocaleString("en")} numbers, made with ` +
      `${card.data.train_size.toLocaleString("en")} images of ${card.data.name} (${card.protocol}; seed ${card.seed}). Of ` +
      `${card.n_test.toLocaleString("en")} test images it got ${points(card.accuracy)} % right (95 % interval ` +
      `${points(card.interval[0])} to ${points(card.interval[1])}), and its percentages missed the share of right ` +
      `answers by ${points(card.ece_calibrated)} points on average. This was measured before most of its numbers ` +
      "were rounded to two bytes each, on photographs like those it was trained on. For your picture nobody has measured anything.";
    listSamples();
    Drawing.filters(part("filters"), network.layers.find(({ op }) => op === "conv"));
    showLayer();
    listen();
    part("drop").hidden = false;
    part("about").hidden = false;
    say("Ready. Choose a picture.");
    part("tool").dataset.ready = "true";
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
