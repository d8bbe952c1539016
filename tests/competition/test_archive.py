"""Zips and files of weights from strangers."""

import json
import stat
import struct
import time
import zipfile

import pytest

from tinytorch_course.competition import archive, weights

GOOD = {"submission.json": b"{}", "entry.py": b"TRACK = 1\n", "artefacts/model.safetensors": b"abc"}


def unpacked(path, tmp_path):
    (tmp_path / "out").mkdir()
    return archive.unpack(path, tmp_path / "out")


def refusal(path, tmp_path):
    with pytest.raises(archive.BadArchive) as caught:
        unpacked(path, tmp_path)
    return caught.value.message


@pytest.fixture
def with_entry(tmp_path):
    """A zip with one more entry."""

    def make(name, data=b"x", **attributes):
        path = tmp_path / "s.zip"
        archive.write(path, GOOD)
        entry = zipfile.ZipInfo("placeholder")
        entry.filename = name
        for key, value in attributes.items():
            setattr(entry, key, value)
        with zipfile.ZipFile(path, "a") as file, pytest.MonkeyPatch.context() as patch:
            patch.setattr("warnings.warn", lambda *_, **__: None)  # of a second entry of one name
            file.writestr(entry, data)
        return path

    return make


def test_what_was_written_is_read(tmp_path):
    path = tmp_path / "s.zip"
    archive.write(path, {**GOOD, "modules/15_quantization.py": b"x = 1\n"})
    names = unpacked(path, tmp_path)
    assert sorted(names) == sorted([*GOOD, "modules/15_quantization.py"])
    assert (tmp_path / "out/modules/15_quantization.py").read_bytes() == b"x = 1\n"


def test_the_same_files_give_the_same_bytes(tmp_path):
    archive.write(tmp_path / "a.zip", GOOD)
    archive.write(tmp_path / "b.zip", dict(reversed(GOOD.items())))
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("../evil.py", "leads out of the folder"),
        ("modules/../../evil.py", "leads out of the folder"),
        ("/etc/passwd", "is absolute"),
        ("C:/evil.py", "is absolute"),
        ("modules\\..\\evil.py", "has a character that no path here has"),
        ("modules/15_quantization.py\0.txt", "has a character that no path here has"),
        ("entry.py", "two entries are called entry.py"),
        ("ENTRY.py", "two entries are called ENTRY.py"),
        ("modules/inner.zip", "is no part of a submission"),
        ("labels.npy", "is no part of a submission"),
    ],
)
def test_names(with_entry, tmp_path, name, says):
    assert says in refusal(with_entry(name), tmp_path)
    assert not (tmp_path / "evil.py").exists()


@pytest.mark.parametrize(
    ("kind", "says"),
    [(stat.S_IFLNK, "is a link"), (stat.S_IFCHR, "a device"), (stat.S_IFIFO, "a device"), (stat.S_IFDIR, "a folder")],
)
def test_what_is_no_file(with_entry, tmp_path, kind, says):
    path = with_entry("modules/15_quantization.py", b"/etc/passwd", external_attr=(kind | 0o777) << 16)
    assert says in refusal(path, tmp_path)


def test_an_encrypted_entry(tmp_path):
    path = tmp_path / "s.zip"
    archive.write(path, GOOD)
    data = bytearray(path.read_bytes())
    for magic, offset in ((b"PK\1\2", 8), (b"PK\3\4", 6)):
        data[data.index(magic) + offset] |= 1
    path.write_bytes(data)
    assert "is encrypted" in refusal(path, tmp_path)


def test_a_part_is_missing(tmp_path):
    archive.write(tmp_path / "s.zip", {"submission.json": b"{}"})
    assert "it has no entry.py" in refusal(tmp_path / "s.zip", tmp_path)


@pytest.mark.parametrize("data", [b"", b"no zip", b"PK\5\6" + bytes(18), b"PK\3\4" + bytes(200)])
def test_no_zip(tmp_path, data):
    (tmp_path / "s.zip").write_bytes(data)
    assert "s.zip is refused" in refusal(tmp_path / "s.zip", tmp_path)


def test_a_cut_zip(tmp_path):
    path = tmp_path / "s.zip"
    archive.write(path, GOOD)
    path.write_bytes(path.read_bytes()[:-30])
    assert "no zip" in refusal(path, tmp_path)


def test_a_bomb_of_ten_gigabytes_by_its_own_words(with_entry, tmp_path):
    path = with_entry("modules/15_quantization.py", bytes(1000))
    data = path.read_bytes()
    at = data.rindex(b"PK\1\2")
    path.write_bytes(data[: at + 24] + struct.pack("<I", 4_000_000_000) + data[at + 28 :])
    assert "would have 4,000,000,000 bytes" in refusal(path, tmp_path)


def bomb(path, blocks):
    """A zip whose one large entry holds `blocks` MB of zeros: 1 MB of it is 1 kB here."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in GOOD.items():
            if not name.startswith("artefacts"):
                file.writestr(name, data)
        with file.open("artefacts/model.safetensors", "w", force_zip64=True) as entry:
            for _ in range(blocks):
                entry.write(bytes(1_000_000))
    return path


def lie(path, claimed):
    """The sizes that the archive states for its last entry become `claimed`, in both of its tables."""
    data = bytearray(path.read_bytes())
    at = data.rindex(b"PK\1\2")
    data[at + 24 : at + 28] = struct.pack("<I", claimed)
    path.write_bytes(data)
    return path


def test_a_bomb_unpacks_no_further_than_it_may(tmp_path):
    path = bomb(tmp_path / "s.zip", 90)
    assert path.stat().st_size < 200_000
    began = time.process_time()
    assert "a zip bomb" in refusal(path, tmp_path)
    assert time.process_time() - began < 2
    assert (tmp_path / "out/artefacts/model.safetensors").stat().st_size < 30_000_000


def test_a_bomb_that_lies_about_its_size(tmp_path):
    path = lie(bomb(tmp_path / "s.zip", 150), 1000)
    assert "is refused" in refusal(path, tmp_path)
    assert (tmp_path / "out/artefacts/model.safetensors").stat().st_size <= 1000


def test_many_entries(tmp_path):
    path = tmp_path / "s.zip"
    with zipfile.ZipFile(path, "w") as file:
        for number in range(500):
            file.writestr(f"modules/{number}.py", b"")
    assert "more than 60 entries" in refusal(path, tmp_path)


# -- safetensors -------------------------------------------------------------------------------------------


def tensors(header, data=b"", length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return (len(text) if length is None else length).to_bytes(8, "little") + text + data


def facts(dtype="F32", shape=(2,), offsets=(0, 8)):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}


def test_good_weights(tmp_path):
    path = tmp_path / "m.safetensors"
    header = {"__metadata__": {"by": "ann"}, "a": facts(), "b": facts("I8", (2, 2), (8, 12))}
    path.write_bytes(tensors(header, bytes(12)))
    assert weights.read_header(path, 1000) == {"a": ("F32", (2,)), "b": ("I8", (2, 2))}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "header would have"),
        (tensors({"a": facts()}, bytes(8), length=1 << 60), "header would have"),
        (tensors({"a": facts()}, bytes(8), length=5000), "header would have"),
        (tensors(b"{", b""), "no JSON"),
        (tensors(b"[" * 900, b""), "no JSON"),
        (tensors(b'{"a": 1, "a": 2}', b""), "a name comes twice"),
        (tensors([1], b""), "not a table"),
        (tensors({}, b""), "there is no array"),
        (tensors({"a": facts("F99")}, bytes(8)), "is of type 'F99'"),
        (tensors({"a": facts(["F32"])}, bytes(8)), "is of type"),
        (tensors({"a": facts(shape=(-2,))}, bytes(8)), "not lists of whole numbers"),
        (tensors({"a": facts(shape=(3,))}, bytes(8)), "does not have 8 bytes"),
        (tensors({"a": facts(), "b": facts(offsets=(4, 12))}, bytes(12)), "overlaps"),
        (tensors({"a": facts(offsets=(4, 12))}, bytes(12)), "leaves bytes unused"),
        (tensors({"a": facts()}, bytes(9)), "have 8 bytes, and the file has 9"),
        (tensors({"a": facts(), "b": 7}, bytes(8)), "in another way"),
        (tensors({"a": facts()}, bytes(2000)), "this track allows 1,000"),
    ],
)
def test_bad_weights(tmp_path, content, says):
    path = tmp_path / "m.safetensors"
    path.write_bytes(content)
    with pytest.raises(weights.BadWeights, match="is refused") as caught:
        weights.read_header(path, 1000)
    assert says in caught.value.message
