"""Files fetched over HTTP: from one of several mirrors, resumed after an interruption, in place only when verified."""

import http.client
import os
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager, suppress
from pathlib import Path

TIMEOUT = 30  # seconds without a byte
ATTEMPTS = 5  # at one mirror; a further one only if the last brought something
REDIRECTS = 5
PIECE = 1 << 16  # bytes


class DownloadError(OSError):
    """What was asked for could not be fetched."""


class Interrupted(DownloadError):
    """A download ended too early. What arrived is kept."""


def fetch(urls, path, verify, limit, otherwise):
    """Bring a file to `path` from the first of `urls` that has it. `verify(path)` raises ValueError if it is not it.

    What arrives is gathered in `path`.part, where the next attempt goes on; what is not the file is deleted.
    limit: the largest size, in bytes. DownloadError tells what was wrong with each mirror, and what can be done
    otherwise; any other OSError is of the disk.
    """
    part, problems = Path(f"{path}.part"), []
    for url in urls:
        try:
            obtain(url, part, verify, limit)
        except DownloadError as problem:
            problems.append(f"{url}: {' '.join(str(problem).split())}")
        else:
            os.replace(part, path)
            return
    raise DownloadError("\n  ".join([f"{path.name} could not be downloaded.", *problems]) + f"\n{otherwise}")


def obtain(url, part, verify, limit):
    """Complete `part` from one mirror, in several attempts as long as each of them brings something."""
    for attempt in range(1, ATTEMPTS + 1):
        start = size(part)
        try:
            transfer(url, start, part, limit)
            return verify(part)
        except Interrupted:
            if attempt == ATTEMPTS or size(part) <= start:
                raise
        except ValueError as problem:
            part.unlink(missing_ok=True)
            if not start:
                raise DownloadError(f"what it sends is not the file: {problem}") from problem
            # else the beginning was of another download: once more, all of it
    raise DownloadError("what it sends is not the file, when it is resumed")


def size(path):
    return path.stat().st_size if path.exists() else 0


def transfer(url, start, part, limit):
    """Add what follows the first `start` bytes to `part`, or write all of it anew if that is what is sent."""
    with ask(url, start) as answer:
        if answer.status == 416 and start:
            return  # nothing follows: the part was complete, as verifying it will show
        if answer.status not in (200, 206):
            raise DownloadError(f"HTTP {answer.status} {answer.reason}")
        start = start if answer.status == 206 else 0
        sent_from(answer, start)
        total = None if answer.length is None else start + answer.length
        if total is not None and total > limit:
            raise DownloadError(f"it announces {total:,} bytes, and the file has at most {limit:,}")
        with open(part, "r+b" if start else "wb") as file, Progress(url, start, total) as show:
            file.seek(start)
            for piece in pieces(answer):
                file.write(piece)
                show(file.tell())
                if file.tell() > limit:
                    raise ValueError(f"it is longer than {limit:,} bytes")
            if total is not None and file.tell() != total:
                raise Interrupted(f"the connection ended after {file.tell():,} of {total:,} bytes")


def sent_from(answer, start):
    """ValueError if a part is sent that does not begin where ours ends."""
    told = answer.headers.get("Content-Range", "")
    if answer.status == 206 and not told.startswith(f"bytes {start}-"):
        raise ValueError(f"asked for what follows byte {start}, it sends {told!r}")


def pieces(answer):
    """The bytes of an answer as they arrive."""
    while True:
        try:
            piece = answer.read1(PIECE)
        except (OSError, http.client.HTTPException) as problem:
            raise Interrupted(f"the connection broke: {reason(problem)}") from problem
        if not piece:
            return
        yield piece


def ask(url, start):
    """The answer to a request for what follows the first `start` bytes, its body still to be read."""
    request = urllib.request.Request(url, headers={"User-Agent": "tinytorch"})
    if start:
        request.add_header("Range", f"bytes={start}-")
    try:
        return opener().open(request, timeout=TIMEOUT)
    except urllib.error.HTTPError as answer:
        return answer
    except (OSError, http.client.HTTPException, ValueError) as problem:
        raise DownloadError(reason(problem)) from problem


def opener():
    """What opens http and https, and nothing else, even when it is redirected; through the proxy of the environment."""
    redirect = urllib.request.HTTPRedirectHandler()
    redirect.max_redirections = REDIRECTS
    director = urllib.request.OpenerDirector()
    handlers = ["ProxyHandler", "UnknownHandler", "HTTPHandler", "HTTPSHandler", "HTTPErrorProcessor"]
    for name in (*handlers, "HTTPDefaultErrorHandler"):
        if hasattr(urllib.request, name):  # a Python without ssl has no HTTPSHandler
            director.add_handler(getattr(urllib.request, name)())
    director.add_handler(redirect)
    return director


def reason(problem):
    """In words; a few exceptions of the network have none."""
    problem = getattr(problem, "reason", problem)
    if isinstance(problem, TimeoutError):
        return f"no answer for {TIMEOUT} s"
    return getattr(problem, "strerror", None) or str(problem) or repr(problem)


@contextmanager
def alone(folder):
    """One process at a time fetches into a folder, which is made; others wait here until it is done."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / ".lock", "ab") as file:
        with suppress(OSError):  # a file system without locks; what arrives is verified all the same
            lock(file)
        yield


def lock(file):
    """Held until the file is closed, by whatever end of the process."""
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX)


class Progress:
    """How many bytes are there, in one line of the terminal; where there is no terminal, nothing."""

    def __init__(self, url, start, total):
        self.name, self.start, self.total = url.rpartition("/")[2], start, total
        self.done, self.began, self.due = start, time.monotonic(), 0.0
        self.seen = sys.stderr is not None and sys.stderr.isatty()

    def __enter__(self):
        return self

    def __call__(self, done):
        self.done = done
        if self.seen and time.monotonic() >= self.due:
            self.due = time.monotonic() + 0.1
            self.write()

    def __exit__(self, *problem):
        if self.seen:
            self.write("\n")

    def write(self, end=""):
        sys.stderr.write(f"\r{self.line(time.monotonic() - self.began)}{end}")
        sys.stderr.flush()

    def line(self, seconds):
        """At most 79 characters."""
        filled = 20 * self.done // self.total if self.total else 0
        total = f" of {self.total / 1e6:.1f}" if self.total else ""
        speed = (self.done - self.start) / 1e6 / max(seconds, 1)
        return f"{self.name[:26]:26} [{'#' * filled:20}] {self.done / 1e6:.1f}{total} MB {speed:6.1f} MB/s"
