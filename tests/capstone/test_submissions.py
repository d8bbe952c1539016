"""The example submissions: each still validates, is what the entry makes, was verified, and stands on the board."""

import hashlib
import json
import subprocess
import sys
import zipfile

import pytest
from house import ROOT

from tinytorch import capstone

FOLDER = ROOT / "capstone/submissions"
ZIPS = sorted(FOLDER.glob("*.zip"))
if not ZIPS:
    pytest.skip("no submissions yet: python -P capstone/make_submissions.py", allow_module_level=True)


def record(path):
    return json.loads(path.with_name(f"{path.stem}.verified.json").read_text("utf-8"))


@pytest.mark.parametrize("path", ZIPS, ids=lambda path: path.stem)
def test_validates(reference, path):
    with zipfile.ZipFile(path) as archive:
        found = capstone.validate(archive.read("submission.json"))
        entry, model = archive.read("entry.py"), archive.read("artefacts/model.safetensors")
        assert set(archive.namelist()) == {"submission.json", "entry.py", "artefacts/model.safetensors"}
    assert found.track in reference.tracks()
    assert entry == (ROOT / f"capstone/entries/{path.stem}.py").read_bytes()
    assert [file["sha256"] for file in found.artefacts] == [hashlib.sha256(model).hexdigest()]


@pytest.mark.parametrize("path", ZIPS, ids=lambda path: path.stem)
def test_was_verified(path):
    found = record(path)
    assert found["submission"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert found["status"] == "verified"
    capstone.validate(found["measured"])


def test_the_board(tmp_path):
    code = "from tinytorch_course.cli import main; main()"
    command = [sys.executable, "-P", "-c", code, "course", "leaderboard", str(FOLDER), "--out", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    page = (tmp_path / "board.html").read_text("utf-8")
    assert all(f"example: {path.stem}" in page for path in ZIPS)
    assert (tmp_path / "board.csv").is_file()
