"""tt course verify: what it prints, writes and ends with."""

import json

import pytest
from cheats import HONEST

from tinytorch_course import cli
from tinytorch_course.competition import archive, measure, verify

NOISE = {"noisy": True, "others": 1.5, "spread": 0.01, "busiest": ["make (7)"], "sentence": "too noisy; close make (7)"}
INTERVALS = {"latency_p50": [1.2, 1.5], "latency_p90": [1.1, 1.6], "throughput": [0.5, 2.0]}


@pytest.fixture
def tt(capsys, monkeypatch):
    def run(*arguments):
        monkeypatch.setattr("sys.argv", ["tt", "course", "verify", *map(str, arguments)])
        code = cli.main(["course", "verify", *map(str, arguments)])
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return run


@pytest.fixture
def quick(monkeypatch, base):
    """The reference is built once, for all tests."""
    monkeypatch.setattr(verify, "reference", lambda tree: base)


@pytest.fixture
def examiner(monkeypatch, submit):
    """One that measures nothing, and says what it is told to: the claim's own samples, and the noise."""
    from tinytorch.capstone import describe_system

    def install(noise):
        path = submit()
        claimed = json.loads(unzipped(path, archive.CLAIM))
        measured = {"samples": claimed["samples"], "noise": noise, "load": {"before": [1], "after": [1]}}
        answers = {
            "validate": {"problems": [], "submission": claimed, "system": describe_system()},
            "optimize": {"protections": {"landlock": ""}},
            "compare": {"problem": ""},
            "measure": measured | {"protections": {"landlock": "", "limits": "no"}, "rank_by": "latency_p90"},
            "write": {"submission": claimed | {"intervals": INTERVALS}},
        }

        def examine(job, command, progress=None, **more):
            if command == "optimize":
                job.artefact.write_bytes(unzipped(path, archive.ARTEFACT))
            return answers[command]

        monkeypatch.setattr(measure, "examine", examine)
        return path

    return install


def unzipped(path, name):
    import zipfile

    with zipfile.ZipFile(path) as file:
        return file.read(name)


def test_a_refused_zip(tt, quick, tmp_path):
    path = tmp_path / "ann.zip"
    archive.write(path, {"submission.json": b"{}", "entry.py": HONEST.encode(), "../x": b""})
    code, out, _ = tt(path)
    assert code == 1
    assert out.startswith("ann.zip  refused\n  ann.zip is refused: the name ../x leads out of the folder\n")
    record = json.loads((tmp_path / "ann.verified.json").read_text("utf-8"))
    assert (record["version"], record["status"], record["verdict"], record["measured"]) == (1, "refused", None, None)
    assert record["submission"] == verify.digest(path)


def test_a_verified_one(tt, quick, examiner, tmp_path):
    path = examiner(NOISE | {"noisy": False})
    code, out, _ = tt(path, "--out", tmp_path)
    assert code == 0
    assert out.startswith("ann.zip  verified: faster\n")
    assert "(1.10 to 1.60)" in out
    assert "  not protected by limits: no\n" in out
    record = json.loads((tmp_path / "ann.verified.json").read_text("utf-8"))
    assert (record["status"], record["verdict"]) == ("verified", "faster")
    assert record["protections"] == {"landlock": True, "limits": False}
    assert record["unprotected"] == {"limits": "no"}


def test_too_noisy_for_a_rank(tt, quick, examiner):
    code, out, _ = tt(path := examiner(NOISE))
    assert code == 1
    assert out.startswith("ann.zip  too noisy\n  too noisy; close make (7)\n")
    record = json.loads(path.with_name("ann.verified.json").read_text("utf-8"))
    assert (record["status"], record["verdict"]) == ("too noisy", None)


def test_noise_that_is_accepted(tt, quick, examiner):
    code, out, _ = tt(examiner(NOISE), "--any-noise")
    assert code == 0
    assert out.startswith("ann.zip  verified: faster\n")


def test_json(tt, quick, examiner, tmp_path):
    archive.write(tmp_path / "bob.zip", {"entry.py": b""})
    code, out, err = tt(examiner(NOISE), tmp_path / "bob.zip", "--json", "--seed", "3")
    found = json.loads(out)
    assert (code, err) == (1, "")
    assert [one["status"] for one in found] == ["too noisy", "refused"]
    assert [one["seed"] for one in found] == [3, 3]
    assert found[0]["noise"]["busiest"] == ["make (7)"]


def test_a_seed_that_nobody_knows(tt, quick, examiner):
    path = examiner(NOISE)
    seeds = [json.loads(tt(path, "--json")[1])[0]["seed"] for _ in range(3)]
    assert len(set(seeds)) == 3


def test_a_file_that_is_not_there(tt, tmp_path):
    code, _, err = tt(tmp_path / "nothing.zip")
    assert code == 2
    assert "does not exist" in err


def test_without_the_references(tt, monkeypatch, tmp_path):
    monkeypatch.setattr(verify, "installed_references", dict)
    archive.write(tmp_path / "ann.zip", {"entry.py": b""})
    code, _, err = tt(tmp_path / "ann.zip")
    assert code == 2
    assert "verifying needs the reference of every tier" in err
