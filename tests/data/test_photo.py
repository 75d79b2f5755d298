from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cifar_teach.exceptions import CifarTeachError, DataError
from cifar_teach.preprocess import MAX_PIXELS, photo_to_image, photo_to_images


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def header_only_png(width: int, height: int) -> bytes:
    """A PNG of 67 bytes that claims any size."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.fixture
def pixels() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)


@pytest.fixture
def scene() -> Image.Image:
    """A smooth picture of 120 × 80 whose four corners and two axes can be told apart."""
    rows, columns = np.mgrid[0:80, 0:120]
    return Image.fromarray(np.stack([columns * 2, rows * 3, 255 - columns - rows], axis=-1).astype(np.uint8))


class TestSources:
    def test_an_rgb_picture_of_the_right_size_is_untouched_however_it_comes(
        self, pixels: np.ndarray, tmp_path: Path
    ) -> None:
        payload = encoded(Image.fromarray(pixels))
        path = tmp_path / "kitten.png"
        path.write_bytes(payload)
        with path.open("rb") as file:
            sources = [path, str(path), payload, bytearray(payload), file, io.BytesIO(payload)]
            sources += [Image.fromarray(pixels), Image.open(path), pixels]
            for source in sources:
                result = photo_to_image(source)
                assert result.dtype == np.uint8 and result.flags.writeable
                np.testing.assert_array_equal(result, pixels)
        np.testing.assert_array_equal(photo_to_images(sources[:2]), np.stack([pixels, pixels]))

    def test_a_jpeg_of_the_right_size_is_decoded_as_it_stands(self, pixels: np.ndarray) -> None:
        payload = encoded(Image.fromarray(pixels), "JPEG", quality=95)
        np.testing.assert_array_equal(photo_to_image(payload), np.asarray(Image.open(io.BytesIO(payload))))

    def test_an_open_file_may_have_been_read_before(self, pixels: np.ndarray) -> None:
        file = io.BytesIO(encoded(Image.fromarray(pixels)))
        file.read()
        np.testing.assert_array_equal(photo_to_image(file), pixels)

    def test_a_stream_that_cannot_go_back(self, pixels: np.ndarray) -> None:
        class Pipe(io.BytesIO):
            def seekable(self) -> bool:
                return False

        np.testing.assert_array_equal(photo_to_image(Pipe(encoded(Image.fromarray(pixels)))), pixels)

    def test_the_callers_picture_is_not_changed(self, scene: Image.Image) -> None:
        opened = Image.open(io.BytesIO(encoded(scene.resize((1200, 800)), "JPEG")))
        photo_to_image(opened)
        assert opened.size == (1200, 800)
        array = np.asarray(scene).copy()
        photo_to_image(array, 80)[:] = 0
        np.testing.assert_array_equal(array, scene)

    def test_every_source_gives_the_same_pixels(self, scene: Image.Image, tmp_path: Path) -> None:
        path = tmp_path / "scene.png"
        scene.save(path)
        first, *others = photo_to_images([path, path.read_bytes(), scene, np.asarray(scene)])
        for other in others:
            np.testing.assert_array_equal(other, first)

    def test_a_batch_of_pictures_of_any_size(self, scene: Image.Image, pixels: np.ndarray) -> None:
        assert photo_to_images([scene, pixels, scene.convert("L")], 24).shape == (3, 24, 24, 3)


class TestGeometry:
    def test_the_central_square_is_kept(self) -> None:
        wide = np.zeros((40, 100, 3), np.uint8)
        wide[:, 30:70] = 255
        assert photo_to_image(wide).min() == 255
        assert photo_to_image(wide.transpose(1, 0, 2)).min() == 255
        assert photo_to_image(wide[:, :60]).min() == 0

    def test_shrinking_averages_over_all_pixels(self) -> None:
        """A chessboard of single pixels is grey from afar; picking every n-th pixel would show black or white."""
        board = (np.indices((640, 640)).sum(axis=0) % 2 * 255).astype(np.uint8)
        assert np.abs(photo_to_image(board).astype(int) - 127.5).max() < 6

    def test_enlarging_interpolates(self) -> None:
        tiny = np.array([[0, 255], [0, 255]], np.uint8)
        row = photo_to_image(tiny)[16, :, 0].astype(int)
        assert row[0] == 0 and row[-1] == 255
        assert (np.diff(row) >= 0).all() and len(set(row)) > 8

    def test_a_large_jpeg_is_the_same_picture_as_the_original(self, scene: Image.Image) -> None:
        large = scene.resize((2400, 1600), Image.Resampling.BICUBIC)
        from_jpeg = photo_to_image(encoded(large, "JPEG", quality=95)).astype(int)
        assert np.abs(from_jpeg - photo_to_image(large)).max() <= 6

    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_the_cameras_orientation_is_applied(self, scene: Image.Image, kind: str, orientation: int) -> None:
        """Each file is stored turned and says how to turn it back, so all eight show the same scene."""
        undo = {
            2: Image.Transpose.FLIP_LEFT_RIGHT,
            3: Image.Transpose.ROTATE_180,
            4: Image.Transpose.FLIP_TOP_BOTTOM,
            5: Image.Transpose.TRANSPOSE,
            6: Image.Transpose.ROTATE_90,
            7: Image.Transpose.TRANSVERSE,
            8: Image.Transpose.ROTATE_270,
        }
        stored = scene.transpose(undo[orientation]) if orientation > 1 else scene
        exif = Image.Exif()
        exif[0x0112] = orientation
        options = {"lossless": True} if kind == "WEBP" else {"quality": 100} if kind == "JPEG" else {}
        result = photo_to_image(encoded(stored, kind, exif=exif, **options)).astype(int)
        tolerance = 4 if kind == "JPEG" else 0
        assert np.abs(result - photo_to_image(scene)).max() <= tolerance

    def test_orientation_is_applied_to_a_pillow_image_too(self, scene: Image.Image) -> None:
        exif = Image.Exif()
        exif[0x0112] = 6
        turned = Image.open(io.BytesIO(encoded(scene.transpose(Image.Transpose.ROTATE_90), "PNG", exif=exif)))
        np.testing.assert_array_equal(photo_to_image(turned), photo_to_image(scene))

    def test_only_the_first_frame_of_an_animation_counts(self) -> None:
        colours = [(200, 0, 0), (0, 200, 0), (0, 0, 200)]
        frames = [Image.new("RGB", (40, 40), colour) for colour in colours]
        for kind in ("GIF", "WEBP", "PNG", "TIFF"):
            lossless = {"lossless": True} if kind == "WEBP" else {}
            payload = encoded(frames[0], kind, save_all=True, append_images=frames[1:], **lossless)
            assert Image.open(io.BytesIO(payload)).n_frames == 3
            assert (photo_to_image(payload) == colours[0]).all(), kind


class TestModes:
    @pytest.mark.parametrize("mode", ["1", "L", "RGB", "RGBA", "LA", "CMYK", "YCbCr", "HSV", "RGBX", "PA"])
    def test_white_grey_and_black_stay_what_they_are(self, mode: str) -> None:
        for value in (0, 255) if mode == "1" else (0, 128, 255):
            image = Image.new("RGB", (50, 50), (value, value, value))
            image = image.quantize().convert("PA") if mode == "PA" else image.convert(mode)
            assert np.abs(photo_to_image(image).astype(int) - value).max() <= 1, value

    @pytest.mark.parametrize(("mode", "kind"), [("CMYK", "JPEG"), ("CMYK", "TIFF"), ("YCbCr", "JPEG"), ("P", "PNG")])
    def test_colours_survive_other_models(self, mode: str, kind: str) -> None:
        image = Image.new("RGB", (64, 64), (200, 40, 90))
        image = image.quantize() if mode == "P" else image.convert(mode)
        result = photo_to_image(encoded(image, kind)).astype(int)
        assert np.abs(result.mean(axis=(0, 1)) - (200, 40, 90)).max() <= 4

    def test_grey_gets_three_equal_channels(self, scene: Image.Image) -> None:
        result = photo_to_image(scene.convert("L"))
        assert (result == result[..., :1]).all() and result.std() > 20

    @pytest.mark.parametrize("mode", ["RGBA", "LA"])
    def test_transparent_parts_become_white_not_the_colour_hidden_below(self, mode: str) -> None:
        image = Image.new("RGBA", (64, 64), (0, 0, 0, 0)).convert(mode)
        assert (photo_to_image(encoded(image)) == 255).all()

    def test_half_transparent_black_is_grey(self) -> None:
        image = Image.new("RGBA", (64, 64), (0, 0, 0, 128))
        assert np.abs(photo_to_image(image).astype(int) - 127).max() <= 1

    def test_edges_of_a_cut_out_object_have_no_dark_rim(self) -> None:
        """Resizing before the background is laid under would mix in the hidden black."""
        image = np.zeros((64, 64, 4), np.uint8)
        image[16:48, 16:48] = (250, 240, 230, 255)
        assert photo_to_image(image).min() >= 225

    def test_a_palette_with_transparency(self) -> None:
        image = Image.new("P", (40, 40), 0)
        image.putpalette([10, 20, 30, 200, 100, 50])
        image.paste(1, (0, 0, 40, 20))
        result = photo_to_image(encoded(image, "PNG", transparency=0))
        assert (result[:14] == (200, 100, 50)).all() and (result[18:] == 255).all()
        assert (photo_to_image(encoded(image, "GIF", transparency=0))[18:] == 255).all()

    def test_an_rgb_png_with_one_transparent_colour(self) -> None:
        image = Image.new("RGB", (40, 40), (1, 2, 3))
        image.paste((9, 90, 9), (0, 0, 40, 20))
        result = photo_to_image(encoded(image, "PNG", transparency=(1, 2, 3)))
        assert (result[:14] == (9, 90, 9)).all() and (result[18:] == 255).all()

    @pytest.mark.parametrize("kind", ["PNG", "TIFF"])
    def test_16_bit_grey_is_scaled_and_not_clipped(self, kind: str) -> None:
        ramp = np.linspace(0, 65535, 32).round().astype(np.uint16)[None, :].repeat(32, axis=0)
        result = photo_to_image(encoded(Image.fromarray(ramp), kind))
        np.testing.assert_allclose(result[5, :, 0], np.linspace(0, 255, 32), atol=1)

    @pytest.mark.parametrize("dtype", [">u2", "<u2", np.int32, np.uint32, np.float32, np.float64])
    def test_arrays_up_to_65535_are_scaled(self, dtype: object) -> None:
        ramp = np.linspace(0, 65535, 32).round()[None, :].repeat(32, axis=0).astype(dtype)
        np.testing.assert_allclose(photo_to_image(ramp)[5, :, 0], np.linspace(0, 255, 32), atol=1)

    @pytest.mark.parametrize(("top", "dtype"), [(1, np.float32), (255, np.float64), (255, np.int64), (1e9, np.float32)])
    def test_the_range_of_other_arrays_is_read_from_their_values(self, top: float, dtype: type) -> None:
        ramp = np.linspace(0, 255, 32).round()[None, :, None].repeat(32, axis=0).repeat(3, axis=2)
        result = photo_to_image((ramp / 255 * top).astype(dtype))
        np.testing.assert_allclose(result, ramp, atol=1)

    def test_a_float_tiff(self) -> None:
        image = Image.fromarray(np.linspace(0, 1, 32, dtype=np.float32)[None, :].repeat(32, axis=0))
        result = photo_to_image(encoded(image, "TIFF"))
        np.testing.assert_allclose(result[0, :, 1], np.linspace(0, 255, 32), atol=1)

    def test_black_and_white(self) -> None:
        assert photo_to_image(np.eye(32, dtype=bool))[3, 3].tolist() == [255, 255, 255]
        assert photo_to_image(np.eye(32, dtype=bool)[:, :, None])[3, 4].tolist() == [0, 0, 0]


class TestRefusals:
    @pytest.mark.parametrize(
        ("payload", "match"),
        [
            (b"", "empty"),
            (b"hello, I am a text", "not a picture"),
            (bytes(1000), "not a picture"),
            (b"<?xml version='1.0'?>\n<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
            (b"%PDF-1.7 and so on", "PDF"),
            (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "PostScript"),
            (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00", "HEIC"),
            (header_only_png(30_000, 30_000), "too large"),
            (header_only_png(8001, 8000), "8001 × 8000"),
            (header_only_png(0, 10), "damaged|not a picture|no pixels"),
            (header_only_png(100, 100), "damaged or incomplete"),
        ],
        ids=lambda value: value[:12] if isinstance(value, bytes) else "",
    )
    def test_what_is_no_usable_picture_is_named(self, payload: bytes, match: str, tmp_path: Path) -> None:
        path = tmp_path / "holiday.png"
        path.write_bytes(payload)
        with pytest.raises(DataError, match=match) as error:
            photo_to_image(path)
        assert "'holiday.png'" in str(error.value)
        with pytest.raises(DataError, match=match):
            photo_to_image(payload)

    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP"])
    @pytest.mark.parametrize("kept", [0.02, 0.5, 0.9])
    def test_a_truncated_file(self, kind: str, kept: float) -> None:
        noise = np.random.default_rng(0).integers(0, 256, (80, 120, 3), np.uint8)
        payload = encoded(Image.fromarray(noise), kind)
        with pytest.raises(DataError, match=r"damaged or incomplete|not a picture"):
            photo_to_image(payload[: int(len(payload) * kept)])

    @pytest.mark.filterwarnings("ignore")  # Pillow's remarks about what it makes of the damage
    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP"])
    def test_damaged_bytes_are_an_error_of_ours_or_a_picture(self, kind: str, scene: Image.Image) -> None:
        """Whatever a decoder raises over flipped bytes, the caller sees a DataError or an image."""
        payload = encoded(scene, kind)
        rng = np.random.default_rng(0)
        for _ in range(150):
            damaged = np.frombuffer(payload, np.uint8).copy()
            where = rng.integers(0, min(len(damaged), 400), 3)
            damaged[where] = rng.integers(0, 256, 3)
            try:
                assert photo_to_image(damaged.tobytes()).shape == (32, 32, 3)
            except DataError:
                pass

    def test_a_picture_at_the_limit_is_accepted(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert MAX_PIXELS == 8000 * 8000
        monkeypatch.setattr("cifar_teach.data.photo.MAX_PIXELS", 100 * 100)
        assert photo_to_image(encoded(Image.new("RGB", (100, 100)))).shape == (32, 32, 3)
        with pytest.raises(DataError, match="101 × 100"):
            photo_to_image(encoded(Image.new("RGB", (101, 100))))

    def test_a_pillow_image_beyond_the_limit(self) -> None:
        with pytest.raises(DataError, match="too large"):
            photo_to_image(Image.open(io.BytesIO(header_only_png(9000, 9000))))

    def test_a_postscript_file_is_never_run(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        path = tmp_path / "drawing.eps"
        Image.new("RGB", (20, 20)).save(path)
        monkeypatch.setattr("PIL.EpsImagePlugin.Ghostscript", lambda *_, **__: pytest.fail("Ghostscript was called"))
        with pytest.raises(DataError, match="PostScript"):
            photo_to_image(path)

    def test_paths_that_lead_nowhere(self, tmp_path: Path) -> None:
        with pytest.raises(DataError, match=r"nowhere\.png.*No such file.*Check the path"):
            photo_to_image(tmp_path / "nowhere.png")
        with pytest.raises(DataError, match="directory"):
            photo_to_image(tmp_path)
        with pytest.raises(DataError, match="cannot be opened"):
            photo_to_image("a\0b.png")

    def test_files_opened_as_text_or_closed(self, tmp_path: Path, pixels: np.ndarray) -> None:
        path = tmp_path / "note.txt"
        path.write_text("a note")
        with path.open() as file, pytest.raises(DataError, match=r"'note\.txt'.*binary mode"):
            photo_to_image(file)
        closed = io.BytesIO(encoded(Image.fromarray(pixels)))
        closed.close()
        with pytest.raises(DataError, match="closed"):
            photo_to_image(closed)

    @pytest.mark.parametrize(
        ("array", "match"),
        [
            (np.zeros((2, 32, 32, 3), np.uint8), r"batch\[0\]"),
            (np.zeros((3, 32, 32), np.uint8), "transpose"),
            (np.zeros((32, 32, 7), np.uint8), "shape"),
            (np.zeros(9, np.uint8), "shape"),
            (np.zeros((0, 32, 3), np.uint8), "no pixels"),
            (np.full((8, 8), -0.5), "below 0"),
            (np.full((8, 8), np.nan), "not finite"),
            (np.full((8, 8), np.inf), "not finite"),
            (np.full((8, 8), "x"), "type"),
            (np.zeros((8, 8), complex), "type"),
        ],
    )
    def test_arrays_that_are_no_picture(self, array: np.ndarray, match: str) -> None:
        with pytest.raises(DataError, match=match):
            photo_to_image(array)

    @pytest.mark.parametrize("source", [None, 7, ["a.png"]])
    def test_other_things(self, source: object) -> None:
        with pytest.raises(DataError, match="path, bytes"):
            photo_to_image(source)

    @pytest.mark.parametrize("size", [0, -1, 2.5, "32"])
    def test_sizes(self, size: object, pixels: np.ndarray) -> None:
        with pytest.raises(DataError, match="size"):
            photo_to_image(pixels, size)

    def test_lists(self, pixels: np.ndarray) -> None:
        with pytest.raises(DataError, match="list is empty"):
            photo_to_images([])
        for single in ("photo.png", b"bytes", Path("photo.png"), Image.fromarray(pixels)):
            with pytest.raises(DataError, match="photo_to_image"):
                photo_to_images(single)

    def test_errors_can_be_caught_as_one(self) -> None:
        with pytest.raises(CifarTeachError):
            photo_to_image(b"nothing")
