// Answers as the live page of the book does, from decoded pixels to calibrated probabilities.
// Standard input: {script, pictures: [{file, width, height}]}, raw RGB in the files; standard output: rows of numbers.
import fs from "node:fs";
import path from "node:path";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const live = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../book/live/classify");
const require = createRequire(path.join(live, "engine.js"));
const Engine = require("./engine.js");
const Picture = require("./picture.js");

const job = JSON.parse(fs.readFileSync(0, "utf8"));
require(job.script);
const network = Engine.load(globalThis.CIFAR_TEACH_NETWORK);
const rows = job.pictures.map(({ file, width, height }) => {
  const pixels = Picture.toSquare(new Uint8Array(fs.readFileSync(file)), width, height, 32);
  return [...Engine.calibrated(Engine.predict(network, pixels), network.temperature)];
});
process.stdout.write(JSON.stringify(rows));
