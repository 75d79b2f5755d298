/* From any picture to the 32 x 32 pixels that the network sees.
 *
 * `toSquare` is cifar_teach.preprocess.photo_to_image once more, for RGB pixels: the largest centred square, made smaller as
 * Pillow makes it smaller (averages of whole blocks down to three times the size, then antialiased bicubic), with the
 * same rounding. A network that gets its pictures prepared in another way than its training pictures is worse in use
 * than in its report, and nobody sees why. `read` is for the browser: it decodes a file and says what is wrong with it.
 */
(function (root, factory) {
  if (typeof module === "object" && module.exports) module.exports = factory();
  else root.CifarTeachPicture = factory();
})(typeof globalThis === "object" ? globalThis : this, function () {
  "use strict";

  const GAP = 3; // whole blocks are averaged only down to this many times the size wanted
  const BITS = 22; // weights of the bicubic step are whole numbers of 2 ** -22, as in Pillow
  /** Longest side in pixels that is read as it is; the browser makes larger pictures smaller while it draws them. */
  const LARGEST_SIDE = 2048;

  const clipped = (value) => (value < 0 ? 0 : value > 255 ? 255 : value);

  /** Average blocks of factor x factor pixels of a square; blocks at the right and lower edge may be smaller. */
  function reduced(pixels, side, factor) {
    const outSide = Math.ceil(side / factor);
    const result = new Uint8ClampedArray(outSide * outSide * 3);
    for (let y = 0; y < outSide; y++) {
      const lastRow = Math.min((y + 1) * factor, side);
      for (let x = 0; x < outSide; x++) {
        const lastColumn = Math.min((x + 1) * factor, side);
        const count = (lastRow - y * factor) * (lastColumn - x * factor);
        const multiplier = Math.floor(2 ** 24 / count);
        const sums = [count >> 1, count >> 1, count >> 1];
        for (let row = y * factor; row < lastRow; row++) {
          for (let at = (row * side + x * factor) * 3; at < (row * side + lastColumn) * 3; at += 3) {
            sums[0] += pixels[at];
            sums[1] += pixels[at + 1];
            sums[2] += pixels[at + 2];
          }
        }
        for (let c = 0; c < 3; c++) result[(y * outSide + x) * 3 + c] = Math.floor((sums[c] * multiplier) / 2 ** 24);
      }
    }
    return { pixels: result, side: outSide };
  }

  /** Keys' cubic with a = -0.5. */
  function bicubic(distance) {
    const x = Math.abs(distance);
    if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
    if (x < 2) return ((-0.5 * x + 2.5) * x - 4) * x + 2;
    return 0;
  }

  /** For every output pixel the first input pixel it is made of, and the whole-number weights of those that follow. */
  function weightsFor(side, length, size) {
    const scale = Math.fround(length) / size;
    const stretch = Math.max(scale, 1); // when it shrinks, the filter covers all pixels: antialiasing
    const support = 2 * stretch;
    return Array.from({ length: size }, (_, i) => {
      const centre = (i + 0.5) * scale;
      const first = Math.max(Math.trunc(centre - support + 0.5), 0);
      const end = Math.min(Math.trunc(centre + support + 0.5), side);
      const raw = Array.from({ length: end - first }, (_, x) => bicubic((x + first - centre + 0.5) * (1 / stretch)));
      const sum = raw.reduce((a, b) => a + b, 0);
      const weights = raw.map((weight) => {
        const scaled = (weight / sum) * 2 ** BITS;
        return Math.trunc(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
      });
      return { first, weights };
    });
  }

  /** Shrink or enlarge `length` of the `side` pixels to `size`, first along the rows, then along the columns. */
  function resampled(pixels, side, length, size) {
    if (side === size && length === size) return Uint8Array.from(pixels);
    const plan = weightsFor(side, length, size);
    const half = 2 ** (BITS - 1);
    const rows = new Uint8Array(side * size * 3);
    for (let y = 0; y < side; y++) {
      plan.forEach(({ first, weights }, x) => {
        for (let c = 0; c < 3; c++) {
          let sum = half;
          for (let i = 0; i < weights.length; i++) sum += pixels[(y * side + first + i) * 3 + c] * weights[i];
          rows[(y * size + x) * 3 + c] = clipped(Math.floor(sum / 2 ** BITS));
        }
      });
    }
    const result = new Uint8Array(size * size * 3);
    plan.forEach(({ first, weights }, y) => {
      for (let at = 0; at < size * 3; at++) {
        let sum = half;
        for (let i = 0; i < weights.length; i++) sum += rows[(first + i) * size * 3 + at] * weights[i];
        result[y * size * 3 + at] = clipped(Math.floor(sum / 2 ** BITS));
      }
    });
    return result;
  }

  /** Return the largest centred square of width x height RGB pixels as Uint8Array of size * size * 3. */
  function toSquare(pixels, width, height, size) {
    const side = Math.min(width, height);
    const left = (width - side) >> 1, top = (height - side) >> 1;
    let square = new Uint8Array(side * side * 3);
    for (let y = 0; y < side; y++) {
      const from = ((top + y) * width + left) * 3;
      square.set(pixels.subarray(from, from + side * 3), y * side * 3);
    }
    const factor = Math.floor(side / size / GAP);
    if (factor <= 1) return resampled(square, side, side, size);
    const smaller = reduced(square, side, factor);
    return resampled(smaller.pixels, smaller.side, side / factor, size);
  }

  /* What follows needs a browser. */

  const LOOKALIKES = [
    [/ftyp(heic|heix|hevc|mif1|msf1)/, "It is an HEIC photo, which this browser cannot show. On an iPhone: Settings, " +
      "Camera, Formats, Most Compatible; or share the photo as JPEG. Or take a screenshot of it and use that."],
    [/ftyp(mp4|isom|qt|M4V|avc1)/, "It is a film. Pause it, take a screenshot, and use that."],
    [/^%PDF/, "It is a PDF document. Take a screenshot of the page and use that."],
    [/^\s*<(!doctype|html)/i, "It is a web page. Save the picture itself."],
    [/^\s*(<\?xml[^]*)?<svg/i, "It is a drawing (SVG) that has no size. Export it as PNG."],
    [/^(II\*\0|MM\0\*)/, "It is a TIFF or raw photo, which this browser cannot show. Export it as JPEG or PNG."],
    [/^(\xff\xd8\xff|\x89PNG|GIF8|RIFF....WEBP|BM)/, "It is damaged or incomplete. Save or download it again."],
  ];

  async function complaint(file) {
    const name = file.name ? `"${file.name}"` : "What was pasted";
    if (file.size === 0) return `${name} is empty.`;
    const bytes = new Uint8Array(await file.slice(0, 512).arrayBuffer());
    const start = String.fromCharCode(...bytes);
    const known = LOOKALIKES.find(([pattern]) => pattern.test(start));
    return `${name} cannot be read as a picture. ` +
      (known ? known[1] : "Use a JPEG, PNG, WebP or GIF file, or take a screenshot of it.");
  }

  async function decoded(file) {
    const address = URL.createObjectURL(file);
    try {
      const image = new Image();
      image.src = address;
      await image.decode();
      if (!image.naturalWidth || !image.naturalHeight) throw new Error("no size");
      return image;
    } catch {
      throw new Error(await complaint(file));
    } finally {
      URL.revokeObjectURL(address);
    }
  }

  /** Draw part of an image on white, as transparent parts are in the package, and return the canvas. */
  function drawn(image, [left, top, width, height], outWidth, outHeight) {
    const canvas = document.createElement("canvas");
    canvas.width = outWidth;
    canvas.height = outHeight;
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.imageSmoothingQuality = "high";
    context.fillStyle = "white";
    context.fillRect(0, 0, outWidth, outHeight);
    context.drawImage(image, left, top, width, height, 0, 0, outWidth, outHeight);
    return canvas;
  }

  /** Whether what was drawn can be read back: some browsers return noise instead, so that nobody is recognised by it. */
  function canRead() {
    const context = document.createElement("canvas").getContext("2d");
    context.fillStyle = "rgb(10 120 230)";
    context.fillRect(0, 0, 16, 16);
    const { data } = context.getImageData(0, 0, 16, 16);
    return data.every((value, i) => value === [10, 120, 230, 255][i % 4]);
  }

  /** Decode a File and return {pixels, width, height, preview}: what the network sees, the size of the picture, and
   * a small canvas of the whole picture. The browser turns photos the way the camera was held. Rejects with an Error
   * whose message is for the reader. */
  async function read(file, size) {
    if (!canRead()) {
      throw new Error("This browser does not let a page read pictures (it guards against being recognised by them). " +
        "Allow it for this page, or use another browser. The drawings work.");
    }
    const image = await decoded(file);
    const { naturalWidth: width, naturalHeight: height } = image;
    const side = Math.min(width, height);
    const box = [(width - side) >> 1, (height - side) >> 1, side, side];
    const outSide = Math.min(side, LARGEST_SIDE);
    const small = Math.min(1, 320 / Math.max(width, height));
    const preview = drawn(
      image, [0, 0, width, height], Math.max(1, Math.round(width * small)), Math.max(1, Math.round(height * small)),
    );
    const rgba = drawn(image, box, outSide, outSide).getContext("2d").getImageData(0, 0, outSide, outSide).data;
    const rgb = new Uint8Array(outSide * outSide * 3);
    for (let i = 0, j = 0; j < rgb.length; i += 4, j += 3) {
      rgb[j] = rgba[i];
      rgb[j + 1] = rgba[i + 1];
      rgb[j + 2] = rgba[i + 2];
    }
    return { pixels: toSquare(rgb, outSide, outSide, size), width, height, preview };
  }

  return { toSquare, read };
});
