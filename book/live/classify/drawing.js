/* What the page shows of a network: pictures, feature maps, filters and the map of what mattered, on canvases. */
(function (root) {
  "use strict";

  /** Put RGB pixels, row by row, on `canvas` and make it as large as they are. */
  function picture(canvas, pixels, width, height = width) {
    canvas.width = width;
    canvas.height = height;
    const image = new ImageData(width, height);
    for (let i = 0, j = 0; j < pixels.length; i += 4, j += 3) {
      image.data.set([pixels[j], pixels[j + 1], pixels[j + 2], 255], i);
    }
    canvas.getContext("2d").putImageData(image, 0, 0);
  }

  /** The whole picture, with what the network does not see shaded. */
  function preview(canvas, source) {
    const { width, height } = source;
    const side = Math.min(width, height);
    canvas.width = width;
    canvas.height = height;
    const context = canvas.getContext("2d");
    context.drawImage(source, 0, 0);
    context.fillStyle = "rgb(20 20 20 / 65%)";
    const left = (width - side) / 2, top = (height - side) / 2;
    context.fillRect(0, 0, left, height);
    context.fillRect(left + side, 0, left, height);
    context.fillRect(0, 0, width, top);
    context.fillRect(0, top + side, width, top);
  }

  /** Tiles of the same size side by side, `columns` in a row, enlarged in whole steps to about `wide` pixels.
   *
   * `colour(tile, y, x)` returns [red, green, blue], 0-255. The tile `marked`, if any, gets a frame. */
  function tiles(canvas, { count, columns, height, width, wide, colour, marked = -1 }) {
    const rows = Math.ceil(count / columns);
    const factor = Math.max(1, Math.floor(wide / (columns * (width + 1))));
    const gap = Math.max(2, Math.round(factor / 3));
    const across = width * factor + gap, down = height * factor + gap;
    canvas.width = columns * across + gap;
    canvas.height = rows * down + gap;
    const context = canvas.getContext("2d");
    for (let tile = 0; tile < count; tile++) {
      const left = gap + (tile % columns) * across, top = gap + Math.floor(tile / columns) * down;
      if (tile === marked) {
        context.fillStyle = "#F2813A";
        context.fillRect(left - gap, top - gap, across + gap, down + gap);
      }
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          context.fillStyle = `rgb(${colour(tile, y, x).map(Math.round).join(" ")})`;
          context.fillRect(left + x * factor, top + y * factor, factor, factor);
        }
      }
    }
  }

  const columnsFor = (count) => (count <= 3 ? count : count <= 32 ? 8 : 16);

  /** Every map of one layer as a grey tile. After a ReLU most numbers are small, so brightness grows with their square
   * root there. Returns {lowest, highest, strongest, zeros}: the values that are black and white, the number of the map
   * with the largest value, and the share of zeros. */
  function featureMaps(canvas, { data, shape }) {
    const [height, width, count] = shape;
    let lowest = 0, highest = -Infinity, strongest = 0, zeros = 0;
    data.forEach((value, i) => {
      lowest = Math.min(lowest, value);
      if (value > highest) {
        highest = value;
        strongest = i % count;
      }
      if (value === 0) zeros += 1;
    });
    const range = highest - lowest || 1;
    const colour = (tile, y, x) => {
      const share = (data[(y * width + x) * count + tile] - lowest) / range;
      const grey = 255 * (lowest === 0 ? Math.sqrt(share) : share);
      return [grey, grey, grey];
    };
    tiles(canvas, { count, columns: columnsFor(count), height, width, wide: 1000, colour, marked: strongest });
    return { lowest, highest, strongest, zeros: zeros / data.length };
  }

  /** The filters of the first convolution in colour: grey is zero, the rest is scaled to each filter's largest. */
  function filters(canvas, { kernel, weights }) {
    const [height, width, channels, count] = kernel;
    const at = (filter, y, x, c) => weights[((y * width + x) * channels + c) * count + filter];
    const largest = Array.from({ length: count }, () => 0);
    for (let i = 0; i < weights.length; i++) largest[i % count] = Math.max(largest[i % count], Math.abs(weights[i]));
    const colour = (tile, y, x) => [0, 1, 2].map((c) => 127.5 * (1 + at(tile, y, x, c) / (largest[tile] || 1)));
    tiles(canvas, { count, columns: Math.ceil(count / 2), height, width, wide: 700, colour });
  }

  /** The picture, dark where covering took nothing away and in full light where it took most; returns where that is. */
  function spotlight(canvas, pixels, map, size) {
    const most = Math.max(...map);
    const lit = Uint8Array.from(pixels, (value, i) => {
      const share = most > 0 ? Math.max(map[Math.floor(i / 3)], 0) / most : 0;
      return value * (0.15 + 0.85 * share);
    });
    picture(canvas, lit, size);
    // The middle of the lit places, not the first of them: a covered square is 8 pixels wide.
    let weight = 0, row = 0, column = 0;
    map.forEach((loss, i) => {
      if (loss < 0.9 * most) return;
      weight += 1;
      row += Math.floor(i / size);
      column += i % size;
    });
    const third = (sum) => Math.min(2, Math.floor((3 * (sum / weight + 0.5)) / size));
    return { most, place: `${["top", "middle", "bottom"][third(row)]} ${["left", "centre", "right"][third(column)]}` };
  }

  root.CifarTeachDrawing = { picture, preview, featureMaps, filters, spotlight };
})(globalThis);
