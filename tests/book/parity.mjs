// Computes with the JavaScript of the live page what a test asks for, so that it can be compared with Python.
// Standard input: {task, folder, script, count, ...}; images are read from <folder>/in.raw, results go to <folder>/out.raw.
import fs from "node:fs";
import path from "node:path";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const live = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../book/live/classify");
const require = createRequire(path.join(live, "engine.js"));
const Engine = require("./engine.js");
const Picture = require("./picture.js");

const job = JSON.parse(fs.readFileSync(0, "utf8"));
const input = new Uint8Array(fs.readFileSync(path.join(job.folder, "in.raw")));
let network;
if (job.script) {
  require(job.script);
  network = Engine.load(globalThis.CIFAR_TEACH_NETWORK);
}

function each(compute) {
  const length = input.length / job.count;
  return Array.from({ length: job.count }, (_, i) => [...compute(input.subarray(i * length, (i + 1) * length))]);
}

function occlusion(pixels) {
  const squares = Engine.occlusion(network, pixels, job.class_index, job.options);
  let steps = 0, step;
  while (!(step = squares.next()).done) steps += 1;
  if (steps !== job.steps) throw new Error(`${steps} squares instead of ${job.steps}`);
  return step.value.map;
}

const TASKS = {
  logits: () => each((pixels) => Engine.logits(network, pixels)),
  predict: () => each((pixels) => Engine.predict(network, pixels, job.views)),
  calibrated: () => each((pixels) => Engine.calibrated(Engine.predict(network, pixels), network.temperature)),
  occlusion: () => each(occlusion),
  entropy: () => job.probabilities.map((row) => [Engine.entropy(row)]),
  turned: () => each((pixels) => Engine.turned(pixels, job.size)),
  mirrored: () => each((pixels) => Engine.mirrored(pixels, job.size)),
  shifted: () => each((pixels) => Engine.shifted(pixels, job.size, ...job.by)),
  square: () => [[...Picture.toSquare(input, job.width, job.height, job.size)]],
};

const rows = TASKS[job.task]();
fs.writeFileSync(path.join(job.folder, "out.raw"), Buffer.from(Float64Array.from(rows.flat()).buffer));
