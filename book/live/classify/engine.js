/* A convolutional network, computed in plain JavaScript.
 *
 * `load` turns what weights.js holds into typed arrays. `forward` computes the answer to one picture and keeps what
 * every layer made of it. `predict` and `occlusion` do what the functions of the same name in cifar_teach do, and the
 * tests compare the two. A picture is a Uint8Array of size * size * 3 values, row by row, red green blue.
 */
(function (root, factory) {
  if (typeof module === "object" && module.exports) module.exports = factory();
  else root.CifarTeachEngine = factory();
})(typeof globalThis === "object" ? globalThis : this, function () {
  "use strict";

  /** The smallest probability whose logarithm is taken: the smallest normal float32, as in the package. */
  const TINY = 2 ** -126;

  function bytesOf(script) {
    const text = atob(script.data);
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
    if (bytes.length !== script.bytes) throw new Error("The file of weights is incomplete. Reload the page.");
    return bytes;
  }

  const length = (shape) => shape.reduce((product, side) => product * side, 1);

  /** Return the network in `script`, the global of weights.js, with its weights as numbers. */
  function load(script) {
    const buffer = bytesOf(script).buffer;
    const layers = script.layers.map((layer) => {
      if (!layer.kernel) return layer;
      const count = length(layer.kernel);
      const outputs = layer.kernel[layer.kernel.length - 1];
      const bias = new Float32Array(buffer, layer.bias_at, outputs);
      if ("float_at" in layer) return { ...layer, bias, weights: new Float32Array(buffer, layer.float_at, count) };
      const small = new Int16Array(buffer, layer.int16_at, count);
      const steps = new Float32Array(buffer, layer.steps_at, outputs);
      const weights = new Float64Array(count); // the numbers JavaScript computes with: nothing to convert later
      for (let i = 0; i < count; i++) weights[i] = small[i] * steps[i % outputs];
      return { ...layer, bias, weights };
    });
    return {
      name: script.network,
      size: layers[0].shape[0],
      classNames: script.class_names,
      views: script.views,
      temperature: script.temperature,
      card: script.card,
      layers,
    };
  }

  /** Add to `sums` the `count` inputs from `x[from]` on, times their rows of weights, the first of which begins at
   * `row`. Eight at a time, so that a sum is read and written once for eight products: half the time. */
  function accumulate(sums, x, from, count, weights, row) {
    const n = sums.length;
    const n2 = 2 * n, n3 = 3 * n, n4 = 4 * n, n5 = 5 * n, n6 = 6 * n, n7 = 7 * n;
    let c = 0;
    for (; c + 7 < count; c += 8) {
      const at = from + c;
      const x0 = x[at], x1 = x[at + 1], x2 = x[at + 2], x3 = x[at + 3];
      const x4 = x[at + 4], x5 = x[at + 5], x6 = x[at + 6], x7 = x[at + 7];
      for (let o = 0, i = row + c * n; o < n; o++, i++) {
        sums[o] +=
          x0 * weights[i] + x1 * weights[i + n] + x2 * weights[i + n2] + x3 * weights[i + n3] +
          x4 * weights[i + n4] + x5 * weights[i + n5] + x6 * weights[i + n6] + x7 * weights[i + n7];
      }
    }
    for (; c < count; c++) {
      for (let o = 0, i = row + c * n; o < n; o++, i++) sums[o] += x[from + c] * weights[i];
    }
  }

  function conv(input, layer) {
    const [height, width, channels] = input.shape;
    const [kernelHeight, kernelWidth, , outputs] = layer.kernel;
    const [outHeight, outWidth] = layer.shape;
    const [down, across] = layer.strides;
    // "same" pads what is missing in total, the smaller half of it at the top and at the left, as TensorFlow does.
    const before = (out, stride, kernel, size) =>
      layer.padding === "same" ? Math.max((out - 1) * stride + kernel - size, 0) >> 1 : 0;
    const top = before(outHeight, down, kernelHeight, height);
    const left = before(outWidth, across, kernelWidth, width);
    const data = new Float32Array(outHeight * outWidth * outputs);
    const sums = new Float64Array(outputs);
    for (let y = 0; y < outHeight; y++) {
      for (let x = 0; x < outWidth; x++) {
        sums.set(layer.bias);
        for (let dy = 0; dy < kernelHeight; dy++) {
          const row = y * down + dy - top;
          if (row < 0 || row >= height) continue;
          for (let dx = 0; dx < kernelWidth; dx++) {
            const column = x * across + dx - left;
            if (column < 0 || column >= width) continue;
            const kernelAt = (dy * kernelWidth + dx) * channels * outputs;
            accumulate(sums, input.data, (row * width + column) * channels, channels, layer.weights, kernelAt);
          }
        }
        data.set(sums, (y * outWidth + x) * outputs);
      }
    }
    return data;
  }

  function dense(input, layer) {
    const sums = Float64Array.from(layer.bias);
    accumulate(sums, input.data, 0, input.data.length, layer.weights, 0);
    return Float32Array.from(sums);
  }

  function maxPool(input, layer) {
    const [, width, channels] = input.shape;
    const [outHeight, outWidth] = layer.shape;
    const [poolHeight, poolWidth] = layer.pool;
    const data = new Float32Array(outHeight * outWidth * channels).fill(-Infinity);
    for (let y = 0; y < outHeight * poolHeight; y++) {
      for (let x = 0; x < outWidth * poolWidth; x++) {
        const from = (y * width + x) * channels;
        const to = (Math.floor(y / poolHeight) * outWidth + Math.floor(x / poolWidth)) * channels;
        for (let c = 0; c < channels; c++) if (input.data[from + c] > data[to + c]) data[to + c] = input.data[from + c];
      }
    }
    return data;
  }

  function overPlaces(input, start, combine) {
    const channels = input.shape[2];
    const result = new Float64Array(channels).fill(start);
    for (let i = 0; i < input.data.length; i++) result[i % channels] = combine(result[i % channels], input.data[i]);
    return result;
  }

  const OPERATIONS = {
    scale: (input, layer) => input.data.map((value) => value * layer.factor + layer.offset),
    conv,
    dense,
    max_pool: maxPool,
    global_max: (input) => Float32Array.from(overPlaces(input, -Infinity, Math.max)),
    global_average: (input) => {
      const places = input.shape[0] * input.shape[1];
      return Float32Array.from(overPlaces(input, 0, (a, b) => a + b), (sum) => sum / places);
    },
    add: (input, layer, second) => input.data.map((value, i) => value + second.data[i]),
    flatten: (input) => input.data,
    softmax: (input) => Float32Array.from(softmax(input.data)),
  };

  function softmax(logits) {
    const largest = Math.max(...logits);
    const powers = Array.from(logits, (value) => Math.exp(value - largest));
    const sum = powers.reduce((a, b) => a + b, 0);
    return powers.map((power) => power / sum);
  }

  /** Return what every layer makes of `pixels`: a list of {data, shape}, in the order of `network.layers`. */
  function forward(network, pixels) {
    const { size, layers } = network;
    if (pixels.length !== size * size * 3) throw new Error(`A picture has ${size} x ${size} x 3 values.`);
    const results = [{ data: Float32Array.from(pixels), shape: layers[0].shape }];
    for (const layer of layers.slice(1)) {
      const inputs = layer.inputs.map((number) => results[number]);
      const data = OPERATIONS[layer.op](inputs[0], layer, inputs[1]);
      if (layer.relu) for (let i = 0; i < data.length; i++) if (data[i] < 0) data[i] = 0;
      results.push({ data, shape: layer.shape });
    }
    return results;
  }

  const last = (results) => results[results.length - 1].data;
  /** What goes into the softmax. */
  const logits = (network, pixels) => forward(network, pixels)[network.layers.length - 2].data;

  /** Return a picture whose pixel (row, column) is pixel `from(row, column)` = [row, column] of `pixels`. */
  function rearranged(pixels, size, from) {
    const result = new Uint8Array(pixels.length);
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) {
        const [row, column] = from(y, x);
        for (let c = 0; c < 3; c++) result[(y * size + x) * 3 + c] = pixels[(row * size + column) * 3 + c];
      }
    }
    return result;
  }

  const mirrored = (pixels, size) => rearranged(pixels, size, (y, x) => [y, size - 1 - x]);
  /** A quarter turn to the left, as numpy.rot90. */
  const turned = (pixels, size) => rearranged(pixels, size, (y, x) => [x, size - 1 - y]);
  /** Moved by whole pixels to the right and down; what comes in is the mirror image of what lies at the edge. */
  function shifted(pixels, size, right, down) {
    const inside = (i) => (i < 0 ? -i : i >= size ? 2 * size - 2 - i : i);
    return rearranged(pixels, size, (y, x) => [inside(y - down), inside(x - right)]);
  }

  /** The views the answer is averaged over, with their weights: cifar_teach.models.predict, views=1, 2 or 6. */
  function viewsOf(pixels, size, views) {
    if (views === 1) return [[pixels, 1]];
    const looks = [[pixels, 1]];
    if (views === 6) looks.push([shifted(pixels, size, 1, 1), 0.5], [shifted(pixels, size, -1, -1), 0.5]);
    return looks.flatMap(([look, weight]) => [[look, weight], [mirrored(look, size), weight]]);
  }

  /** Return the probabilities, without temperature: those of cifar_teach.models.predict. */
  function predict(network, pixels, views = network.views) {
    const looks = viewsOf(pixels, network.size, views);
    if (looks.length === 1) return Float64Array.from(last(forward(network, pixels)));
    const sums = new Float64Array(network.classNames.length);
    let total = 0;
    for (const [look, weight] of looks) {
      last(forward(network, look)).forEach((p, i) => { sums[i] += weight * Math.log(Math.max(p, TINY)); });
      total += weight;
    }
    return Float64Array.from(softmax(sums.map((sum) => sum / total)));
  }

  /** Return `probabilities` as they are after temperature scaling: cifar_teach.evaluate.apply_temperature. */
  function calibrated(probabilities, temperature) {
    return Float64Array.from(softmax(Array.from(probabilities, (p) => Math.log(Math.max(p, TINY)) / temperature)));
  }

  /** Return the entropy in bits: 0 for certainty, log2 of the number of classes for none at all. */
  function entropy(probabilities) {
    let bits = 0;
    for (const p of probabilities) if (p > 0) bits -= p * Math.log2(p);
    return bits;
  }

  function starts(size, patch, stride) {
    const places = [];
    for (let at = 0; at <= size - patch; at += stride) places.push(at);
    if (places[places.length - 1] !== size - patch) places.push(size - patch);
    return places;
  }

  /** How much of a class's probability is lost when each place is covered: cifar_teach.explain.occlusion_map.
   *
   * A generator, so that a page can pause between two squares: it yields {done, total} after each and returns
   * {map, before}: Float32Array of size * size, and the probability with nothing covered.
   */
  function* occlusion(network, pixels, classIndex, { patch = 8, stride = 4 } = {}) {
    const { size } = network;
    const before = last(forward(network, pixels))[classIndex];
    const mean = [0, 1, 2].map((c) => {
      let sum = 0;
      for (let i = c; i < pixels.length; i += 3) sum += pixels[i];
      return sum / (size * size);
    });
    const loss = new Float64Array(size * size);
    const covered = new Float64Array(size * size);
    const places = starts(size, patch, stride);
    let done = 0;
    for (const top of places) {
      for (const left of places) {
        const picture = Float32Array.from(pixels);
        const inside = [];
        for (let y = top; y < top + patch; y++) for (let x = left; x < left + patch; x++) inside.push(y * size + x);
        for (const place of inside) picture.set(mean, place * 3);
        const difference = before - last(forward(network, picture))[classIndex];
        for (const place of inside) { loss[place] += difference; covered[place] += 1; }
        yield { done: ++done, total: places.length ** 2 };
      }
    }
    return { map: Float32Array.from(loss, (sum, i) => sum / covered[i]), before };
  }

  return {
    bytesOf, load, forward, logits, predict, calibrated, entropy, occlusion, softmax,
    mirrored, turned, shifted, OPERATIONS,
  };
});
