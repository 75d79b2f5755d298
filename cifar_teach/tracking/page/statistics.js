// Two models on the same images: which is better, and could it be chance? The same formulas as cifar_teach.evaluate.

const EXACT_BELOW = 25; // fewer disagreements than this are counted exactly, as in evaluate.mcnemar
const Z = 1.959963984540054; // 97.5 % of a normal distribution lie below it

/** Complementary error function, relative error below 1.2e-7 (Press et al., Numerical Recipes, section 6.2). */
function erfc(x) {
  const t = 1 / (1 + 0.5 * Math.abs(x));
  const terms = [0.17087277, -0.82215223, 1.48851587, -1.13520398, 0.27886807, -0.18628806, 0.09678418, 0.37409196,
    1.00002368, -1.26551223];
  const value = t * Math.exp(-x * x + terms.reduce((sum, term) => sum * t + term, 0));
  return x >= 0 ? value : 2 - value;
}

/** Two-sided p-value of McNemar's test from the numbers of images that only one of the two models has right. */
function mcnemar(onlyA, onlyB) {
  const tosses = onlyA + onlyB;
  if (tosses >= EXACT_BELOW) return erfc(Math.sqrt(Math.max(Math.abs(onlyA - onlyB) - 1, 0) ** 2 / tosses / 2));
  let ways = 1, sum = 0;
  for (let k = 0; k <= Math.min(onlyA, onlyB); k++) {
    sum += ways;
    ways = (ways * (tosses - k)) / (k + 1);
  }
  return Math.min(1, (2 * sum) / 2 ** tosses);
}

/** 95 % interval of the difference of two accuracies on n shared images (Agresti & Min, 2005: half an image each). */
function pairedInterval(onlyA, onlyB, n) {
  const total = n + 2, a = (onlyA + 0.5) / total, b = (onlyB + 0.5) / total;
  const half = Z * Math.sqrt(Math.max(0, a + b - (a - b) ** 2) / total);
  return [a - b - half, a - b + half];
}

/** Wilson interval of a share, as evaluate.wilson_interval. */
function wilson(correct, n) {
  const p = correct / n, scale = 1 + Z * Z / n;
  const centre = (p + Z * Z / (2 * n)) / scale;
  const half = (Z / scale) * Math.sqrt((p * (1 - p)) / n + (Z * Z) / (4 * n * n));
  return [correct === 0 ? 0 : centre - half, correct === n ? 1 : centre + half];
}

/** Whether a model had each test image right: one bit per image, most significant first, in the order of the images. */
function bitsOf(model) {
  model.bits ??= Uint8Array.from(atob(model.right), (letter) => letter.charCodeAt(0));
  return model.bits;
}

function isRight(model, image) {
  return (bitsOf(model)[image >> 3] >> (7 - (image & 7))) & 1;
}

/** Compare two models image by image; null where they were tested on different images. */
function comparePaired(a, b) {
  if (a.dataset !== b.dataset) return null;
  const bitsA = bitsOf(a), bitsB = bitsOf(b);
  const ones = (byte) => { let count = 0; for (; byte; byte >>= 1) count += byte & 1; return count; };
  let onlyA = 0, onlyB = 0;
  for (let i = 0; i < bitsA.length; i++) {
    onlyA += ones(bitsA[i] & ~bitsB[i] & 255);
    onlyB += ones(bitsB[i] & ~bitsA[i] & 255);
  }
  const [low, high] = pairedInterval(onlyA, onlyB, a.n);
  return {onlyA, onlyB, difference: (onlyA - onlyB) / a.n, low, high, p: mcnemar(onlyA, onlyB)};
}
