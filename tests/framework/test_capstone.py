"""What the capstone's chapter is given: the schema, hashes of files, what is installed here."""

import os
import subprocess
import sys

import numpy as np
import pytest

import tinytorch._capstone as record
from tinytorch.capstone import METRICS, describe_system, describe_tiers, hash_files
from tinytorch.schemas import load
from tinytorch.testing import check, check_raises, check_true


def problems_of_field(name, value):
    """What the schema says of one measured field; of the others it says that they are missing."""
    said = record.schema_problems({"version": 1, name: value}, derived=False)
    return [each for each in said if each.startswith(f"{name}")]


def test_the_schema_is_one():
    from jsonschema import Draft202012Validator

    schema = load()
    Draft202012Validator.check_schema(schema)
    check_true("it names its dialect", schema["$schema"] == "https://json-schema.org/draft/2020-12/schema")
    named = schema["$defs"]["metrics"]["required"]
    check_true("every metric of METRICS is required, and no other", sorted(named) == sorted(METRICS), str(named))


def test_directions():
    higher = sorted(name for name, metric in METRICS.items() if metric.better == "higher")
    check_true("more is better in accuracy and throughput alone", higher == ["accuracy", "throughput"], str(higher))
    check_true("every metric has a unit and a definition", all(m.unit and m.definition for m in METRICS.values()))


def test_the_system_in_a_submission():
    found = describe_system(before=[0.1, 0.2, 0.3])
    check("what the schema says of it", problems_of_field("system", found), [])
    check("the NumPy", found["numpy"], np.__version__)
    check("the load before", found["load"]["before"], [0.1, 0.2, 0.3])
    check_true("cores, memory and threads", found["cores"] >= 1 and found["memory_bytes"] >= 0, str(found)[:300])
    if sys.platform == "linux":
        check_true("Linux tells its memory", found["memory_bytes"] > 10**8)
        check("and its load of 1, 5 and 15 minutes: how many", len(found["load"]["after"]), 3)


def test_a_system_that_tells_little(monkeypatch):
    """As on Windows: no /proc, no load, no sysconf, no affinity."""
    for name in ("getloadavg", "sysconf", "sched_getaffinity"):
        monkeypatch.delattr(os, name, raising=False)
    monkeypatch.setattr(record.Path, "read_text", lambda *arguments: (_ for _ in ()).throw(OSError("no such file")))
    found = describe_system()
    check("flags, memory and load", [found["flags"], found["memory_bytes"], found["load"]["after"]], [[], 0, []])
    monkeypatch.undo()
    check("what the schema says of it", problems_of_field("system", found), [])
    check("its BLAS kernel", found["blas"]["kernel"], "unknown")


def test_the_tiers_in_a_submission():
    found = describe_tiers()
    check("what the schema says of them", problems_of_field("tiers", found), [])
    names, want = [tier["name"] for tier in found], ["foundation", "architectures", "optimization", "capstone"]
    check_true("the tiers, lowest first", names == want, str(names))
    by = {module["by"] for module in found[-1]["modules"]}
    wanted = {"reference"} if found[-1]["build"] == "reference" else {"learner"}
    check_true(f"module 20 of this {found[-1]['build']} build is by {wanted}", by == wanted, str(by))
    check_true("each tier has a hash of its own", len({tier["sha256"] for tier in found}) == 4)


def test_whose_module_it_is():
    class Table:
        DISTRIBUTION, VERSION, BUILD = "tinytorch-capstone", "0.1.0+student.0", "student"
        MODULES = [{"number": 20, "target": "capstone", "present": True, "by": "learner"}]

    check_true("a student's own", record.described(Table)["modules"] == [{"number": 20, "by": "learner"}])
    Table.MODULES = [{**Table.MODULES[0], "by": "reference"}]
    check_true("the reference's, in a student's build", record.described(Table)["modules"][0]["by"] == "loan")
    Table.MODULES = [{**Table.MODULES[0], "present": False}]
    check_true("one that is absent is not listed", record.described(Table)["modules"] == [])


def test_describing_loads_no_module():
    """A hash needs the file, not the module: what is broken or slow to import is described as well."""
    script = (
        "import sys; from tinytorch._capstone import describe_tiers\n"
        "describe_tiers(); print('tinytorch.optim.optimizers' in sys.modules)"
    )
    settings = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run([sys.executable, "-P", "-c", script], env=settings, capture_output=True, text=True)
    check_true("module 06 is not imported", done.stdout.strip() == "False", done.stdout + done.stderr)


def test_hashes_of_files(tmp_path):
    (tmp_path / "modules").mkdir()
    (tmp_path / "entry.py").write_bytes(b"abc")
    (tmp_path / "modules/a.py").write_bytes(b"")
    (tmp_path / "modules/__pycache__").mkdir()
    (tmp_path / "modules/__pycache__/a.pyc").write_bytes(b"x")
    found = hash_files(tmp_path)
    check_true("the files", [f["path"] for f in found["files"]] == ["entry.py", "modules/a.py"], str(found))
    abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    check_true("the SHA-256 of abc, as FIPS 180 prints it", found["files"][0]["sha256"] == abc, str(found["files"][0]))
    one = hash_files(tmp_path, ["entry.py"])
    check_true("one file alone", len(one["files"]) == 1 and one["sha256"] != found["sha256"])
    for path in ("nothing.py", "modules", "../x"):
        check_raises(f"hash_files of {path}", lambda path=path: hash_files(tmp_path, [path]), ValueError, path)


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_links_are_not_hashed(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real/a.py").write_bytes(b"")
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "b.py").symlink_to("real/a.py")
    check("the files of a folder without links", len(hash_files(tmp_path / "real")["files"]), 1)
    check_raises("hash_files of a folder with links", lambda: hash_files(tmp_path), ValueError, "ordinary")
    for path in ("b.py", "link/a.py"):
        check_raises(f"hash_files of {path}", lambda path=path: hash_files(tmp_path, [path]), ValueError, "ordinary")
