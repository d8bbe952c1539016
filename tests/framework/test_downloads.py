"""Downloads, from a server on this computer that truncates, alters, redirects, stalls, refuses and breaks off."""

import gzip
import hashlib
import io
import os
import re
import socket
import stat
import sys
import tarfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from imagefiles import cifar_file, idx

from tinytorch.datasets import CIFAR10, MNIST, __main__, cifar10, download, mnist
from tinytorch.datasets.download import DownloadError, fetch
from tinytorch.datasets.folder import cache, folder_of

FILE = np.random.default_rng(0).integers(0, 256, 300_000, np.uint8).tobytes()


# -- the server: what it does with a request is a function of the handler


def headers(handler, status, length=None, **more):
    handler.send_response(status)
    fields = {} if length is None else {"Content-Length": length}
    for name, value in (fields | more).items():
        handler.send_header(name.replace("_", "-"), str(value))
    handler.end_headers()


def asked_from(handler):
    return int(re.fullmatch(r"bytes=(\d+)-", handler.headers.get("Range", "bytes=0-"))[1])


def whole(content=FILE, most=None):
    """A good server; with `most` one that breaks off after so many bytes of each answer."""

    def answer(handler):
        start = asked_from(handler)
        told = {"Content_Range": f"bytes {start}-{len(content) - 1}/{len(content)}"} if start else {}
        if start and start >= len(content):
            headers(handler, 416, 0, Content_Range=f"bytes */{len(content)}")
        else:
            headers(handler, 206 if start else 200, len(content) - start, **told)
            handler.wfile.write(content[start:] if most is None else content[start : start + most])

    return answer


def ignores_range(content=FILE, most=None):
    def answer(handler):
        headers(handler, 200, len(content))
        handler.wfile.write(content[:most])

    return answer


def without_length(content):
    """The end of the answer is the end of the connection: no one can tell that it was cut."""

    def answer(handler):
        headers(handler, 200)
        handler.wfile.write(content)

    return answer


def chunks_cut(handler):
    headers(handler, 200, Transfer_Encoding="chunked")
    handler.wfile.write(b"10000\r\n" + FILE[:1000])


def wrong_range(handler):
    """Sends the beginning, and calls it the rest."""
    start = asked_from(handler)
    headers(handler, 206 if start else 200, len(FILE), **({"Content_Range": f"bytes 0-9/{len(FILE)}"} if start else {}))
    handler.wfile.write(FILE)


def status(code):
    return lambda handler: headers(handler, code, 0)


def redirect(to, code=302):
    return lambda handler: headers(handler, code, 0, Location=to)


def stall(after):
    """Sends so many bytes, and then nothing, until the test is over."""

    def answer(handler):
        if after is not None:
            headers(handler, 200, len(FILE))
            handler.wfile.write(FILE[:after])
            handler.wfile.flush()
        handler.server.over.wait(20)

    return answer


def nothing(handler):
    """Closes without a word."""


def garbage(handler):
    handler.wfile.write(b"no HTTP\r\n\r\n")


def in_turn(*answers):
    """A different answer to each request; the last one for all that follow."""
    left = list(answers)
    return lambda handler: (left.pop(0) if len(left) > 1 else left[0])(handler)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append((self.path, self.headers.get("Range")))
        self.server.pages.get(self.path, status(404))(self)

    def log_message(self, *words):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = False  # their end is waited for

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.pages, self.files, self.asked, self.over = {}, {}, [], threading.Event()
        self.url = f"http://127.0.0.1:{self.server_port}/"

    def handle_error(self, request, address):
        """The client that hangs up is the test's."""


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(download, "TIMEOUT", 0.5)
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.over.set()
        server.shutdown()
        thread.join()


def verify(path):
    if Path(path).read_bytes() != FILE:
        raise ValueError("it is another")


@pytest.fixture
def get(server, tmp_path):
    """Fetch the file from pages that answer so; the requests that this took."""

    def call(*answers):
        urls = [f"{server.url}{place}/file" for place in range(len(answers))]
        server.pages |= {f"/{place}/file": answer for place, answer in enumerate(answers)}
        fetch(urls, tmp_path / "file", verify, len(FILE), "Or else.")
        assert (tmp_path / "file").read_bytes() == FILE
        assert [path.name for path in tmp_path.iterdir()] == ["file"]
        return server.asked

    return call


def left(folder):
    return {path.name: path.stat().st_size for path in folder.iterdir()}


# -- a file, whole and verified, or none


def test_a_good_server_is_asked_once(get):
    assert get(whole()) == [("/0/file", None)]


def test_a_length_need_not_be_told(get):
    assert len(get(without_length(FILE))) == 1


def test_an_interrupted_download_goes_on_where_it_stopped(get):
    assert get(whole(most=100_000)) == [("/0/file", None), ("/0/file", "bytes=100000-"), ("/0/file", "bytes=200000-")]


def test_an_earlier_download_goes_on_where_it_stopped(get, tmp_path):
    (tmp_path / "file.part").write_bytes(FILE[:123])
    assert get(whole()) == [("/0/file", "bytes=123-")]


def test_a_complete_part_needs_nothing_more(get, tmp_path):
    (tmp_path / "file.part").write_bytes(FILE)
    assert get(whole()) == [("/0/file", f"bytes={len(FILE)}-")]


@pytest.mark.parametrize("part", [b"of another download", FILE + b"too long", FILE[:-1] + b"\0"])
def test_a_part_of_something_else_is_dropped(get, tmp_path, part):
    (tmp_path / "file.part").write_bytes(part)
    assert get(whole())[1:] == [("/0/file", None)]


@pytest.mark.parametrize("answer", [ignores_range(), wrong_range, in_turn(status(416), whole())])
def test_a_server_without_ranges_sends_it_all_again(get, tmp_path, answer):
    (tmp_path / "file.part").write_bytes(FILE[:1000])
    assert get(answer)[0] == ("/0/file", "bytes=1000-")


def test_the_next_mirror_goes_on_with_the_part(get):
    asked = get(in_turn(whole(most=100_000), status(500)), whole())
    assert asked == [("/0/file", None), ("/0/file", "bytes=100000-"), ("/1/file", "bytes=100000-")]


BAD = {
    "404": status(404),
    "500": status(500),
    "403": status(403),
    "416": status(416),
    "204": status(204),
    "closes": nothing,
    "no HTTP": garbage,
    "stalls at once": stall(None),
    "stalls after the headers": stall(0),
    "stalls half way": stall(150_000),
    "breaks off, always at once": whole(most=0),
    "breaks off, ignores ranges": ignores_range(most=1000),
    "cut, no length": without_length(FILE[:-1]),
    "chunks cut": chunks_cut,
    "altered": whole(FILE[:1000] + b"\0\1\2" + FILE[1003:]),
    "a page of a captive network": whole(b"<html>Please sign in</html>"),
    "empty": whole(b""),
    "announced too long": whole(FILE + b"x"),
    "too long": without_length(FILE * 100),
    "redirects to a file": redirect("file:///etc/hosts"),
    "redirects to ftp": redirect("ftp://127.0.0.1/file"),
    "redirects to data": redirect("data:,file"),
    "redirects nowhere": redirect("http://[nowhere"),
    "redirects to itself": redirect("/0/file"),
    "not modified": status(304),
}


@pytest.mark.parametrize("bad", BAD)
def test_the_next_mirror_is_asked(get, bad):
    assert get(BAD[bad], whole())[-1][0] == "/1/file"


@pytest.mark.parametrize("bad", BAD)
def test_what_is_not_the_file_gets_no_name(get, tmp_path, bad):
    with pytest.raises(DownloadError, match=r"file could not be downloaded.\n  http://.*/0/file: .+\nOr else.") as told:
        get(BAD[bad])
    assert "file" not in left(tmp_path)
    part = tmp_path / "file.part"
    assert not part.exists() or FILE.startswith(part.read_bytes())  # what may be the file is kept, nothing else
    assert "\n" not in re.findall(r"file: (.+)", str(told.value))[0]


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        ("404", "HTTP 404 Not Found"),
        ("closes", "closed connection without response"),
        ("stalls half way", "no answer for 0.5 s"),
        ("breaks off, ignores ranges", "the connection ended after 1,000 of 300,000 bytes"),
        ("altered", "what it sends is not the file: it is another"),
        ("announced too long", "it announces 300,001 bytes, and the file has at most 300,000"),
        ("too long", "it is longer than 300,000 bytes"),
        ("redirects to a file", "is not allowed"),
        ("redirects to ftp", "unknown url type: ftp"),
        ("redirects to itself", "infinite loop"),
    ],
)
def test_the_reason_is_told(get, bad, told):
    with pytest.raises(DownloadError, match=re.escape(told)):
        get(BAD[bad])


def test_every_mirror_is_named(get):
    with pytest.raises(DownloadError) as told:
        get(status(404), status(500), nothing)
    assert [f"/{place}/file: " in str(told.value) for place in range(3)] == [True] * 3


def test_no_network():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/file"  # no one listens there
        with pytest.raises(DownloadError, match="refused"):
            fetch([url], Path("nowhere/file"), verify, 10, "")
    with pytest.raises(DownloadError, match=r"name\.invalid"):
        fetch(["http://name.invalid/file"], Path("nowhere/file"), verify, 10, "")


def test_attempts_at_one_mirror_are_counted(get):
    with pytest.raises(DownloadError, match="ended after 5,000 of"):
        get(whole(most=1000))


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_redirects_are_followed(get, server, code):
    server.pages["/elsewhere"] = whole(most=200_000)
    assert get(redirect("/elsewhere", code))[-1] == ("/elsewhere", "bytes=200000-")  # the range goes along


def test_redirects_are_limited(get, server):
    for step in range(8):
        server.pages[f"/{step}"] = redirect(f"/{step + 1}")
    with pytest.raises(DownloadError, match="redirect"):
        get(redirect("/0"))
    assert len(server.asked) == download.REDIRECTS + 1


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="folders that cannot be written to")
def test_a_problem_of_the_disk_is_not_one_of_the_mirror(get, server, tmp_path):
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    with pytest.raises(PermissionError):
        get(whole(), whole())
    assert len(server.asked) == 1


def test_a_folder_in_the_way_is_not_a_problem_of_the_mirror(get, server, tmp_path):
    (tmp_path / "file.part").mkdir()
    with pytest.raises(OSError) as told:
        get(whole(), whole())
    assert not isinstance(told.value, DownloadError)


def test_ctrl_c_keeps_what_is_there(get, tmp_path, monkeypatch):
    def interrupted(answer):
        yield FILE[:5000]
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(download, "pieces", interrupted)
        with pytest.raises(KeyboardInterrupt):
            get(whole())
    assert left(tmp_path) == {"file.part": 5000}
    assert get(whole())[-1] == ("/0/file", "bytes=5000-")


# -- the line on a terminal


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_progress_is_one_line_on_a_terminal(get, monkeypatch):
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    get(whole())
    shown = terminal.getvalue()
    assert shown.endswith("\n")
    assert shown.count("\n") == 1
    last = shown.strip().split("\r")[-1]
    assert re.fullmatch(r"file {23}\[#{20}\] 0\.3 of 0\.3 MB +[\d.]+ MB/s", last)


@pytest.mark.parametrize(("done", "total"), [(0, None), (17_005_217, 170_052_171), (170_052_171, 170_052_171)])
def test_the_line_is_short(done, total):
    bar = download.Progress("http://here/" + "a" * 50 + ".tar.gz", 0, total)
    bar.done = done
    assert len(bar.line(0)) < 80
    assert bar.line(1).count("#") == (20 * done // total if total else 0)


def test_nothing_is_shown_without_a_terminal(get, capfd, monkeypatch):
    get(whole(most=200_000))
    assert capfd.readouterr() == ("", "")
    monkeypatch.setattr(sys, "stderr", None)  # as in a program with windows
    get(whole())


# -- MNIST


@pytest.fixture
def digits(server, tmp_path, monkeypatch):
    """A server with MNIST's files, four digits each, and an empty folder for data."""
    generator = np.random.default_rng(0)
    for name in list(mnist.FILES):
        shape = (4, 28, 28) if "images" in name else (4,)
        content = idx(generator.integers(0, 10, shape, np.uint8))
        monkeypatch.setitem(mnist.FILES, name, (shape, hashlib.sha256(content).hexdigest()))
        server.files[f"/good/{name}.gz"] = gzip.compress(content)
    server.pages |= {page: whole(content) for page, content in server.files.items()}
    monkeypatch.setattr(mnist, "MIRRORS", [f"{server.url}{place}/" for place in ("bad", "good")])
    monkeypatch.setenv("TINYTORCH_DATA", str(tmp_path / "data"))
    return tmp_path / "data" / "mnist"


def test_nothing_is_fetched_unasked(digits, server):
    with pytest.raises(FileNotFoundError, match=r"To download it \(11 MB\): python -m tinytorch.datasets mnist"):
        MNIST()
    assert server.asked == []
    assert not digits.parent.exists()


def test_mnist_is_fetched_once(digits, server):
    assert len(MNIST(download=True)) == 4
    assert len(server.asked) == 8  # each file, from the second mirror
    assert sorted(left(digits)) == sorted([".lock", *(f"{name}.gz" for name in mnist.FILES)])
    MNIST(train=False, download=True), MNIST(train=False), MNIST(root=digits)
    assert len(server.asked) == 8


def test_mnist_is_fetched_into_root(digits, tmp_path):
    assert len(MNIST(root=tmp_path / "a" / "b", download=True)) == 4
    assert len(MNIST(root=str(tmp_path / "a" / "b"))) == 4
    assert not digits.exists()


def test_files_of_ones_own_are_not_fetched(digits, server):
    MNIST(download=True)
    zipped = digits / "t10k-labels-idx1-ubyte.gz"
    (digits / zipped.stem).write_bytes(gzip.decompress(zipped.read_bytes()))
    zipped.unlink()
    server.asked.clear()
    assert len(MNIST(train=False, download=True)) == 4
    assert server.asked == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda content: content[:-9], "end-of-stream|CRC"),
        (lambda content: b"<html>", "Not a gzipped file"),
        (lambda content: gzip.compress(gzip.decompress(content)[:-1] + b"\xff"), "its SHA-256 unpacked is"),
        (lambda content: gzip.compress(gzip.decompress(content) + b"\0"), "more bytes unpacked"),
        (lambda content: gzip.compress(bytes(10**6)), "is not MNIST's"),  # small until it is unpacked
    ],
)
def test_altered_digits_are_not_left_in_the_cache(digits, server, change, told):
    page = "/good/train-images-idx3-ubyte.gz"
    server.pages[page] = whole(change(server.files[page]))
    with pytest.raises(DownloadError, match=told):
        MNIST(download=True)
    assert left(digits) == {".lock": 0}


def test_both_ways_out_are_named(digits, monkeypatch):
    monkeypatch.setattr(mnist, "MIRRORS", ["http://127.0.0.1:1/"])
    with pytest.raises(DownloadError) as told:
        MNIST(download=True)
    assert f"into {digits} yourself" in str(told.value)
    assert "TINYTORCH_DATA" in str(told.value)
    assert "TinyDigits, which comes with TinyTorch" in str(told.value)


def test_two_at_a_time_fetch_once(digits, server):
    threads = [threading.Thread(target=MNIST, kwargs={"download": True}) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(server.asked) == 8
    assert len(MNIST()) == 4


def test_a_complete_folder_need_not_be_writable(digits):
    MNIST(download=True)
    (digits / ".lock").unlink()
    MNIST(download=True)
    assert not (digits / ".lock").exists()


# -- CIFAR-10


def archive(*members):
    """The bytes of a .tar.gz with these (name, content) in it, or (name, TarInfo)."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as tar:
        for name, content in members:
            special = isinstance(content, tarfile.TarInfo)
            info = content if special else tarfile.TarInfo()
            info.name, info.size = name, 3 * cifar10.RECORD if special else len(content)
            tar.addfile(info, None if special else io.BytesIO(content))
    return stream.getvalue()


NAMES = cifar10.TRAIN + cifar10.TEST
GOOD = [(f"cifar-10-batches-bin/{name}", cifar_file(n, 3)) for n, name in enumerate(NAMES)]


@pytest.fixture
def photographs(server, tmp_path, monkeypatch):
    """A function that puts an archive with these members on the server, in files of three images."""
    monkeypatch.setattr(cifar10, "IMAGES", 3)
    monkeypatch.setattr(cifar10, "MIRRORS", [server.url])
    monkeypatch.setenv("TINYTORCH_DATA", str(tmp_path / "data"))

    def offer(*members):
        content = archive(*members)
        server.pages[f"/{cifar10.ARCHIVE}"] = whole(content)
        monkeypatch.setattr(cifar10, "SIZE", len(content))
        monkeypatch.setattr(cifar10, "SHA256", hashlib.sha256(content).hexdigest())
        return content

    return offer


def test_cifar10_is_fetched_and_unpacked(photographs, server, tmp_path):
    others = [("cifar-10-batches-bin/readme.html", b"<html>"), ("cifar-10-batches-bin/batches.meta.txt", b"airplane\n")]
    photographs(*others, *GOOD)
    assert len(CIFAR10(download=True)) == 15
    folder = tmp_path / "data" / "cifar-10-batches-bin"
    assert sorted(left(folder)) == sorted([".lock", *NAMES])
    assert len(CIFAR10(train=False, download=True)) == 3
    assert len(server.asked) == 1
    assert folder.joinpath("test_batch.bin").read_bytes() == GOOD[-1][1]


def test_an_archive_of_ones_own_is_unpacked_and_kept(photographs, server, tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / cifar10.ARCHIVE).write_bytes(photographs(*GOOD))
    assert len(CIFAR10(root=folder, download=True)) == 15
    assert server.asked == []
    assert (folder / cifar10.ARCHIVE).exists()


@pytest.mark.parametrize("change", [lambda b: b[:-1], lambda b: b[:100] + b"\0" + b[101:], lambda b: b"<html>"])
def test_an_altered_archive_is_refused(photographs, server, tmp_path, change):
    content = photographs(*GOOD)
    server.pages[f"/{cifar10.ARCHIVE}"] = whole(change(content))
    with pytest.raises(DownloadError, match="its SHA-256 is"):
        CIFAR10(download=True)
    assert left(tmp_path / "data" / "cifar-10-batches-bin") == {".lock": 0}
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / cifar10.ARCHIVE).write_bytes(change(content))
    with pytest.raises(ValueError, match=r"mine/cifar-10-binary.tar.gz is damaged: its SHA-256 is"):
        CIFAR10(root=folder, download=True)


def of_type(kind, target=""):
    info = tarfile.TarInfo()
    info.type, info.linkname = kind, target
    return info


FIRST = GOOD[0][0]


@pytest.mark.parametrize(
    ("members", "told"),
    [
        ([("../data_batch_1.bin", GOOD[0][1]), *GOOD[1:]], "there is no cifar-10-batches-bin/data_batch_1.bin in it"),
        ([("/data_batch_1.bin", GOOD[0][1]), *GOOD[1:]], "there is no cifar-10-batches-bin/data_batch_1.bin in it"),
        ([("cifar-10-batches-bin/../x", b"1"), *GOOD[:-1]], "there is no cifar-10-batches-bin/test_batch.bin in it"),
        ([(FIRST, of_type(tarfile.SYMTYPE, "/etc/passwd")), *GOOD[1:]], "data_batch_1.bin in it is no file of"),
        ([(FIRST, of_type(tarfile.LNKTYPE, GOOD[1][0])), *GOOD[1:]], "data_batch_1.bin in it is no file of"),
        ([(FIRST, of_type(tarfile.DIRTYPE)), *GOOD[1:]], "data_batch_1.bin in it is no file of"),
        ([(FIRST, GOOD[0][1] + b"x"), *GOOD[1:]], "data_batch_1.bin in it is no file of 9,219 bytes"),
        ([(FIRST, b""), *GOOD[1:]], "data_batch_1.bin in it is no file of 9,219 bytes"),
        ([], "there is no"),
    ],
)
def test_a_hostile_archive_writes_nothing_elsewhere(photographs, tmp_path, members, told):
    """Even one whose checksum is right."""
    photographs(*members)
    with pytest.raises(ValueError, match=told):
        CIFAR10(download=True)
    folder = tmp_path / "data" / "cifar-10-batches-bin"
    assert {path.name for path in tmp_path.rglob("*") if path.is_file()} <= {".lock", cifar10.ARCHIVE, *NAMES}
    assert not any(path.is_symlink() for path in tmp_path.rglob("*"))
    assert all(path.parent == folder for path in tmp_path.rglob("*") if path.is_file())


# -- where the data lie; the command


def test_the_folder_of_the_data(monkeypatch, tmp_path):
    monkeypatch.setenv("TINYTORCH_DATA", str(tmp_path))
    assert folder_of("mnist") == tmp_path / "mnist"
    assert folder_of("mnist", "here") == Path("here")
    for empty in (False, True):
        monkeypatch.setenv("TINYTORCH_DATA", "") if empty else monkeypatch.delenv("TINYTORCH_DATA")
        assert folder_of("mnist") == cache() / "mnist"


@pytest.mark.parametrize(
    ("platform", "variable", "ends"),
    [
        ("linux", "XDG_CACHE_HOME", ".cache/tinytorch"),
        ("win32", "LOCALAPPDATA", "AppData/Local/tinytorch"),
        ("darwin", None, "Library/Caches/tinytorch"),
    ],
)
def test_the_cache_is_the_operating_system_s(monkeypatch, tmp_path, platform, variable, ends):
    monkeypatch.setattr(sys, "platform", platform)
    if variable:
        monkeypatch.delenv(variable, raising=False)
    assert cache() == Path.home() / ends
    if variable:
        monkeypatch.setenv(variable, str(tmp_path))
        assert cache() == tmp_path / "tinytorch"


def test_the_command(digits, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["datasets", "mnist"])
    assert __main__.main() == 0
    assert capsys.readouterr().out == (
        "to train on: MNIST: 4 images (28, 28)\nto test on: MNIST: 4 images (28, 28)\n"
    )
    for path in digits.glob("*.gz"):
        path.unlink()
    monkeypatch.setattr(mnist, "MIRRORS", ["http://127.0.0.1:1/"])
    assert __main__.main() == 2
    assert "could not be downloaded" in capsys.readouterr().err


def test_the_command_is_interrupted(digits, monkeypatch, capsys):
    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(download, "obtain", interrupted)
    monkeypatch.setattr(sys, "argv", ["datasets", "mnist"])
    assert __main__.main() == 1
    assert capsys.readouterr().err == "Interrupted. The same command goes on where it stopped.\n"


def test_the_command_names_what_there_is(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["datasets", "imagenet"])
    with pytest.raises(SystemExit) as ended:
        __main__.main()
    assert ended.value.code == 2
    assert "cifar10" in capsys.readouterr().err
