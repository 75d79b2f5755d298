"""The command line as a user meets it: output, exit codes, messages. Every call is a real process or main()."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest
from PIL import Image

from cifar_teach import synthetic
from cifar_teach.cli import main


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("cli") / "run"
    assert main(["run", "--profile", "smoke", "--data", "synthetic", "--out", str(out)]) == 0
    return out


def model_file(out: Path, name: str) -> Path:
    (file,) = (out / "runs").glob(f"{name}-seed0-*/model.keras")
    return file


@pytest.fixture(scope="module")
def photo(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("photo") / "pet.png"
    Image.fromarray(synthetic.draw(1, seed=4)[0][0]).resize((200, 150)).save(path)
    return path


def test_run_says_that_the_data_is_drawn(trained, capsys):
    assert main(["run", "--profile", "smoke", "--data", "synthetic", "--out", str(trained)]) == 0
    assert "not CIFAR-10" in capsys.readouterr().err


def test_predict_by_name_and_by_file_agree(trained, photo, capsys):
    assert main(["predict", str(photo), "--model", "baseline", "--run", str(trained), "--json"]) == 0
    by_name = json.loads(capsys.readouterr().out)
    file = model_file(trained, "baseline")
    assert main(["predict", str(photo), "--model", str(file), "--top", "10", "--json"]) == 0
    by_file = json.loads(capsys.readouterr().out)
    assert len(by_name["predictions"][0]["top"]) == 3
    assert by_file["predictions"][0]["top"][:3] == by_name["predictions"][0]["top"]
    assert sum(guess["probability"] for guess in by_file["predictions"][0]["top"]) == pytest.approx(1, abs=1e-5)


def test_predict_in_words_warns_about_a_model_of_drawn_pictures(trained, photo, capsys):
    assert main(["predict", str(photo), str(photo), "--model", "fastnet", "--run", str(trained)]) == 0
    output = capsys.readouterr().out
    assert output.count("pet.png: ") == 2
    assert "drawn pictures" in output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "--models", "fasnet"], "Did you mean 'fastnet'"),
        (["run", "--profile", "fast"], "There is no profile 'fast'"),
        (["run", "--data", "nowhere.tar.gz"], "nowhere.tar.gz"),
        (["compare", "baseline"], "two or more different names"),
        (["compare", "adam", "sgd", "--model", "nope"], "There is no model 'nope'"),
        (["compare", "adam", "sgd", "--train-size", "0", "--data", "synthetic"], "at least 1"),
        (["compare", "adam", "sgd", "--seed", "-1"], "The seed -1"),
        (["run", "--models", ","], "at least one network"),
        (["compare", "baseline", "adam"], "only networks"),
        (["compare", "a.keras", "b.keras", "--data", "synthetic"], "There is no model file 'a.keras'"),
        (["predict", "x.png", "--model", "resnet"], "There is no model 'resnet'"),
        (["predict", "x.png", "--model", "bn-small", "--run", "nowhere"], "cifar-teach run --models bn-small"),
        (["predict", "x.png", "--model", "no.keras"], "There is no model file"),
        (["predict", "x.png", "--model", "no.keras", "--top", "0"], "--top 0"),
    ],
)
def test_mistakes_get_one_sentence_and_exit_code_2(arguments, words, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    message = capsys.readouterr().err
    assert words in message
    assert "Traceback" not in message
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("content", [b"this is text", b"", b"\x89PNG\r\n\x1a\nbroken"])
def test_an_image_that_is_none(trained, tmp_path, content, capsys):
    (tmp_path / "note.png").write_bytes(content)
    assert main(["predict", str(tmp_path / "note.png"), "--model", "baseline", "--run", str(trained)]) == 2
    assert "note.png" in capsys.readouterr().err


def test_compare_files_on_the_test_set(trained, capsys):
    files = [str(model_file(trained, name)) for name in ("baseline", "fastnet")]
    assert main(["compare", *files, "--data", "synthetic", "--json", "--profile", "smoke"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in result["candidates"]] == files
    pair = result["comparisons"][0]
    difference = result["candidates"][0]["accuracy"] - result["candidates"][1]["accuracy"]
    assert pair["difference"] == pytest.approx(difference)
    assert 0 <= pair["p_value"] <= 1


@pytest.mark.slow
def test_compare_optimizers_tries_several_rates(capsys):
    assert main(["compare", "adam", "sgd", "--data", "synthetic", "--profile", "smoke"]) == 0
    output = capsys.readouterr().out
    assert "decided nothing" in output
    assert output.count("learning rate") == 2
    assert "McNemar" in output


@pytest.mark.slow
def test_compare_networks(capsys):
    assert main(["compare", "baseline", "bn-small", "--data", "synthetic", "--profile", "smoke", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in result["candidates"]] == ["baseline", "bn-small"]


def test_doctor_lists_what_matters(capsys):
    assert main(["doctor"]) == 0
    output = capsys.readouterr().out
    for words in ("keras", "processor", "CIFAR_TEACH_DATA", "Cache", "Without a network"):
        assert words in output


def test_reports_hold_no_folders_of_the_user(tmp_path):
    out = tmp_path / "secret-place" / "run"
    assert main(["run", "--profile", "smoke", "--models", "baseline", "--data", "synthetic", "--out", str(out)]) == 0
    assert "secret-place" not in (out / "report.json").read_text() + (out / "report.html").read_text()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no limit on the size of files")
def test_a_full_disk_is_one_sentence(tmp_path):
    script = (
        "import resource, signal, sys; from cifar_teach.cli import main; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000));"
        "sys.exit(main(['run', '--profile', 'smoke', '--data', 'synthetic', '--out', sys.argv[1]]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "out")], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 2, done.stderr
    assert "cannot be written" in done.stderr and "Traceback" not in done.stderr
    assert not list(tmp_path.rglob("*.part*"))


def test_doctor_json(capsys):
    assert main(["doctor", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["versions"]["numpy"]


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "cifar_teach.cli", *arguments]


@pytest.mark.slow
def test_tensorflow_does_not_chatter(tmp_path):
    done = subprocess.run(
        command("run", "--profile", "smoke", "--models", "baseline", "--data", "synthetic", "--out", str(tmp_path)),
        capture_output=True, text=True, timeout=300, check=True,
    )  # fmt: skip
    assert done.stdout == ""
    for noise in ("oneDNN", "absl", "cuda", "CUDA", "rebuild TensorFlow"):
        assert noise not in done.stderr
    assert "[5/5] Report" in done.stderr


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="signals work differently on Windows")
def test_ctrl_c_loses_nothing(tmp_path):
    arguments = (
        "run", "--profile", "smoke", "--models", "baseline", "--train-size", "8000", "--data", "synthetic",
        "--out", str(tmp_path),
    )  # fmt: skip
    process = subprocess.Popen(
        command(*arguments),
        stderr=subprocess.PIPE,
        text=True,
        # A test run in the background inherits "ignore Ctrl-C", and Python then never hears of it.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )
    patience = time.monotonic() + 240
    while not (states := list(tmp_path.glob("runs/baseline-seed0-*/training-state.npz"))):
        assert process.poll() is None and time.monotonic() < patience
        time.sleep(0.05)
    (state,) = states
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 130, errors
    assert "goes on from the last finished epoch" in errors
    assert state.exists()
    done = subprocess.run(command(*arguments), capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "report.html").exists()
    assert not state.exists()
