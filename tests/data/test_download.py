from __future__ import annotations

import hashlib
import re
import ssl
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from cifar_teach.data import download, locking
from cifar_teach.data.download import chosen_urls, fetch
from cifar_teach.exceptions import DownloadError

CONTENT = np.random.default_rng(0).bytes(300_000)
SHA256 = hashlib.sha256(CONTENT).hexdigest()
WRONG = CONTENT[::-1]


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "downloads" / "file.tar.gz"


def get(servers: object, target: Path, *, quiet: bool = True) -> str:
    servers = servers if isinstance(servers, list) else [servers]
    return fetch([f"{server.url}/file" for server in servers], target, sha256=SHA256, quiet=quiet)


def left_over(target: Path) -> list[str]:
    """Return what lies in the folder besides the file and its (empty) lock."""
    return sorted(path.name for path in target.parent.iterdir() if path != target and path.suffix != ".lock")


def test_a_file_is_fetched_once(serve, target) -> None:
    server = serve({"file": CONTENT})
    assert get(server, target) == "localhost"
    assert target.read_bytes() == CONTENT
    assert left_over(target) == []
    assert get(server, target) == "cache"
    assert server.requests == [("/file", None)]


def test_a_damaged_file_in_its_place_is_replaced(serve, target) -> None:
    target.parent.mkdir()
    target.write_bytes(WRONG)
    assert get(serve({"file": CONTENT}), target) == "localhost"
    assert target.read_bytes() == CONTENT


def test_progress_and_host_are_shown_unless_quiet(serve, target, capsys) -> None:
    get(serve({"file": CONTENT}), target, quiet=False)
    shown = capsys.readouterr().err
    assert "Downloading file.tar.gz from localhost" in shown
    assert "Downloading: 100%" in shown or "Downloading:   0%" in shown
    target.unlink()
    get(serve({"file": CONTENT}), target, quiet=True)
    assert capsys.readouterr() == ("", "")


def test_a_cut_transfer_is_continued_in_the_same_call(serve, target) -> None:
    server = serve({"file": CONTENT}, cut_after=[100_000, 50_000])
    get(server, target)
    assert target.read_bytes() == CONTENT
    assert [asked for _, asked in server.requests] == [None, "bytes=100000-", "bytes=150000-"]


def test_a_failed_transfer_is_continued_by_the_next_call(serve, target) -> None:
    first = serve({"file": CONTENT}, cut_after=[120_000, 0])
    with pytest.raises(DownloadError, match="the transfer was cut after 120,000 of 300,000 bytes"):
        get(first, target)
    assert left_over(target) == ["file.tar.gz.part"]
    assert not target.exists()
    second = serve({"file": CONTENT})
    get(second, target)
    assert second.requests == [("/file", "bytes=120000-")]
    assert target.read_bytes() == CONTENT
    assert left_over(target) == []


def test_a_server_that_ignores_ranges_starts_from_the_beginning(serve, target) -> None:
    with pytest.raises(DownloadError):
        get(serve({"file": CONTENT}, cut_after=[120_000, 0]), target)
    server = serve({"file": CONTENT}, ignore_range=True)
    get(server, target)
    assert target.read_bytes() == CONTENT
    assert len(server.requests) == 1


def test_a_server_that_answers_with_another_part_is_left(serve, target) -> None:
    with pytest.raises(DownloadError):
        get(serve({"file": CONTENT}, cut_after=[120_000, 0]), target)
    bad, good = serve({"file": CONTENT}, wrong_range=True), serve({"file": CONTENT})
    get([bad, good], target)
    assert target.read_bytes() == CONTENT
    assert good.requests == [("/file", "bytes=120000-")]


@pytest.mark.parametrize("extra", [0, 17])
def test_a_part_that_is_already_complete_or_too_long(serve, target, extra) -> None:
    target.parent.mkdir()
    target.with_name("file.tar.gz.part").write_bytes(CONTENT + bytes(extra))
    server = serve({"file": CONTENT})
    get(server, target)
    assert target.read_bytes() == CONTENT
    assert len(server.requests) == (1 if extra == 0 else 2)


def test_a_wrong_file_is_never_kept(serve, target) -> None:
    with pytest.raises(DownloadError, match="localhost: the file it sent has the wrong checksum"):
        get(serve({"file": WRONG}), target)
    assert not target.exists()
    assert left_over(target) == []


def test_a_part_from_a_wrong_file_does_not_spoil_a_right_one(serve, target) -> None:
    wrong, right = serve({"file": WRONG}, cut_after=[90_000, 0]), serve({"file": CONTENT})
    get([wrong, right], target)
    assert [asked for _, asked in right.requests] == ["bytes=90000-", None]
    assert target.read_bytes() == CONTENT


def test_the_next_mirror_is_asked_when_one_fails(serve, target, capsys) -> None:
    closed = SimpleNamespace(url="http://localhost:9")
    lost, wrong, good = serve({}), serve({"file": WRONG}), serve({"file": CONTENT})
    get([closed, lost, wrong, good], target, quiet=False)
    assert target.read_bytes() == CONTENT
    shown = capsys.readouterr().err
    assert "No luck with localhost: [Errno" in shown
    assert "No luck with localhost: it answers 404 Not Found" in shown
    assert "No luck with localhost: the file it sent has the wrong checksum" in shown


def test_all_hosts_and_reasons_are_named_when_none_delivers(serve, target) -> None:
    with pytest.raises(DownloadError) as failure:
        get([serve({}), serve({"file": WRONG})], target)
    message = str(failure.value)
    assert "404 Not Found" in message
    assert "wrong checksum" in message
    assert "CIFAR_TEACH_DATA" in message


def test_a_host_that_trickles_is_left(serve, target, monkeypatch) -> None:
    monkeypatch.setattr(download, "_STALL_SECONDS", 0.2)
    slow, good = serve({"file": CONTENT}, drip=0.02), serve({"file": CONTENT})
    get([slow, good], target)
    assert target.read_bytes() == CONTENT
    assert len(slow.requests) == 1


def test_a_host_that_falls_silent_is_left(serve, target, monkeypatch) -> None:
    monkeypatch.setattr(download, "_TIMEOUT_SECONDS", 0.2)
    silent, good = serve({"file": CONTENT}, drip=30.0), serve({"file": CONTENT})
    get([silent, good], target)
    assert target.read_bytes() == CONTENT


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://localhost/file", "just/a/path"])
def test_only_web_addresses_are_asked(target, url) -> None:
    with pytest.raises(DownloadError, match="is not a web address"):
        fetch([url], target, sha256=SHA256)


def test_addresses_come_from_the_environment(monkeypatch) -> None:
    assert chosen_urls() == download.URLS
    assert chosen_urls()[-1] == "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz"
    assert all(url.startswith("https://") for url in download.URLS)
    monkeypatch.setenv("CIFAR_TEACH_MIRRORS", " https://school.example/a.tar.gz, ,http://other.example/b ")
    assert chosen_urls() == ("https://school.example/a.tar.gz", "http://other.example/b")


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for localhost that nobody vouches for, with its key."""
    path = tmp_path / "localhost.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
        + ["-addext", "subjectAltName=DNS:localhost", "-keyout", path.with_suffix(".key"), "-out", path],
        check=True,
        capture_output=True,
    )
    return path


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_suffix(".key"))
    return context


def test_a_certificate_that_nobody_vouches_for_is_refused(serve, target, tls) -> None:
    server = serve({"file": CONTENT}, tls=tls)
    with pytest.raises(DownloadError, match="its TLS certificate is not trusted"):
        get(server, target)
    assert server.requests == []
    assert not target.exists()


def test_a_trusted_certificate_is_accepted(serve, target, tls, certificate, monkeypatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    get(serve({"file": CONTENT}, tls=tls), target)
    assert target.read_bytes() == CONTENT


def test_a_certificate_for_another_name_is_refused(serve, target, tls, certificate, monkeypatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    server = serve({"file": CONTENT}, tls=tls)
    server.url = server.url.replace("localhost", "127.0.0.1")
    with pytest.raises(DownloadError, match="its TLS certificate is not trusted"):
        get(server, target)


def test_a_redirect_is_followed_but_not_from_https_to_http(serve, target, tls, certificate, monkeypatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    plain = serve({"file": CONTENT})
    downgrading = serve({}, tls=tls, redirect_to=f"{plain.url}/file")
    with pytest.raises(DownloadError, match="it redirects to the unprotected address"):
        get(downgrading, target)
    assert plain.requests == []
    get(serve({}, redirect_to=f"{plain.url}/file"), target)
    assert target.read_bytes() == CONTENT


FETCH = """
import sys
from pathlib import Path
from cifar_teach.data.download import fetch
print(fetch([sys.argv[1]], Path(sys.argv[2]), sha256=sys.argv[3]))
"""


def fetch_in_another_process(url: str, target: Path, limit: int = 0) -> subprocess.Popen:
    """Start a download in a process of its own, whose files may have at most ``limit`` bytes (0: any)."""
    limited = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))\n" if limit else ""
    return subprocess.Popen(
        [sys.executable, "-c", limited + FETCH, url, str(target), SHA256],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_two_processes_at_once_download_once(serve, target) -> None:
    server = serve({"file": CONTENT})
    target.parent.mkdir()
    with locking.exclusive(target):  # both must wait here, so that they really come together
        processes = [fetch_in_another_process(f"{server.url}/file", target) for _ in range(2)]
        for process in processes:
            assert "Another process is downloading" in process.stderr.readline()
        assert server.requests == []
    answers = sorted(process.communicate(timeout=60)[0].strip() for process in processes)
    assert answers == ["cache", "localhost"]
    assert server.requests == [("/file", None)]
    assert target.read_bytes() == CONTENT


def test_the_lock_of_a_killed_process_is_free(serve, target) -> None:
    server = serve({"file": CONTENT}, drip=1.0)
    process = fetch_in_another_process(f"{server.url}/file", target)
    process.stderr.readline()  # it holds the lock and is downloading
    process.kill()
    process.communicate(timeout=60)
    assert get(serve({"file": CONTENT}), target) == "localhost"


def test_without_locks_no_name_is_shared(serve, target, monkeypatch) -> None:
    def refuse(stream: object) -> bool:
        raise OSError("no locks on this file system")

    monkeypatch.setattr(locking, "_try_lock", refuse)
    target.parent.mkdir()
    strangers = target.with_name("file.tar.gz.part")
    strangers.write_bytes(b"another process writes here")
    with pytest.raises(DownloadError):
        get(serve({"file": CONTENT}, cut_after=[1000, 0]), target)
    assert left_over(target) == ["file.tar.gz.part"]
    get(serve({"file": CONTENT}), target)
    assert target.read_bytes() == CONTENT
    assert strangers.read_bytes() == b"another process writes here"


def test_a_disk_that_fills_up_is_explained_and_nothing_is_left(serve, target) -> None:
    server = serve({"file": CONTENT})
    process = fetch_in_another_process(f"{server.url}/file", target, limit=100_000)
    _, message = process.communicate(timeout=60)
    assert process.returncode != 0
    assert "DownloadError: The download cannot be stored" in message
    assert "CIFAR_TEACH_CACHE" in message
    assert left_over(target) == []
    assert not target.exists()


def test_too_little_room_is_noticed_before_anything_is_written(serve, target, monkeypatch) -> None:
    monkeypatch.setattr(download.shutil, "disk_usage", lambda folder: SimpleNamespace(free=3 * 2**20))
    with pytest.raises(DownloadError, match=re.escape("The download needs 16 MB, but")):
        get(serve({"file": CONTENT}), target)
    assert left_over(target) == []


def test_a_folder_that_cannot_be_made_is_explained(serve, tmp_path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DownloadError, match="cannot be stored in"):
        get(serve({"file": CONTENT}), tmp_path / "file" / "below" / "x.tar.gz")
