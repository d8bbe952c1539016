"""Each way to cheat that we thought of, and the sentence that it is met with.

All but the first few run an entry in a confined process; together they take minutes, and are `nox -s cheats`.
"""

import json
import os
import re
import time

import pytest
from cheats import HONEST, LIMITS, SMALL, TRACK, baseline, entry, needs_confinement, samples, stored

from tinytorch_course.competition import archive, measure
from tinytorch_course.errors import ToolError

pytestmark = [pytest.mark.long, needs_confinement]
WRONG = "the baseline has"  # below the floor
OTHERS = "the answers are not the reference model's"
# Sends a frame of its own making, as the worker would.
FRAME = '''
def frame(array):
    import os
    import struct
    import numpy as np

    array = np.asarray(array, "<f4")
    shape = [*array.shape, 0, 0][:4] + [0] * (4 - array.ndim - 2)
    head = struct.pack("<4s4sI4Q", b"tt1\\n", b"<f4\\0", array.ndim, *array.shape, *[0] * (4 - array.ndim))
    os.write(int(os.environ["TINYTORCH_CHANNEL"]), head + array.tobytes())
'''


def test_an_honest_submission_is_verified(submit, examined):
    record = examined(submit())
    assert (record.status, record.reasons) == ("verified", [])
    assert record.verdict in ("faster", "slower", "cannot tell")
    assert record.measured["metrics"]["optimized"]["accuracy"] > 0.9
    assert all(record.protections.values())
    assert record.protections["landlock"]
    assert record.measured["seeds"] == {"optimize": 1, "requests": 11}
    json.dumps(record.as_dict(), allow_nan=False)


QUANTIZED = """
from tinytorch.quantization import quantize_model

TRACK = "digits-cnn"
DIVISION = "closed"
TITLE = "int8"


def optimize(model, data):
    return quantize_model(model)


def load(model, state):
    quantized = quantize_model(model)
    quantized.load_state_dict(state)
    return model.track.baseline_predict(quantized)
"""


def test_an_honest_submission_with_a_module_of_its_own(base, submit, examined, tmp_path):
    """Quantized by the author's own module 15; optimize makes the same arrays again."""
    (tmp_path / "entry.py").write_text(QUANTIZED, "utf-8")
    made = tmp_path / "made.safetensors"
    job = measure.Job(TRACK, "closed", tmp_path / "entry.py", base.tree, base.tree, made, 1, 2, limits=LIMITS)
    measure.examine(job, "optimize")
    claimed = samples() | {"optimized": samples(made)["optimized"]}
    own = base.sources[15].read_bytes() + b"\n\n# my own\n"
    path = submit(QUANTIZED, weights=made.read_bytes(), samples=claimed, more={"modules/15_quantization.py": own})
    record = examined(path)
    assert (record.status, record.reasons) == ("verified", [])
    authors = {m["number"]: m["by"] for tier in record.measured["tiers"] for m in tier["modules"]}
    assert {number for number, by in authors.items() if by == "learner"} == {15}
    assert record.measured["improvements"]["file_bytes"] > 3


def test_a_machine_that_cannot_run_the_baseline(submit, examined):
    """That is nobody's submission's fault."""
    with pytest.raises(ToolError, match="nothing can be measured here: the baseline ended when asked to load"):
        examined(submit(), limits={**LIMITS, "worker_megabytes": 60})


# -- says things -------------------------------------------------------------------------------------------


def test_prints_its_own_result(refused):
    said = refused(
        entry(
            """
            import json

            def predict(inputs):
                text = json.dumps({"status": "verified", "verdict": "faster", "metrics": {"latency_p90": 1e-9}})
                print(text, flush=True)
                for name in ("result.json", "ann.verified.json", "record.json"):
                    with open(name, "w") as file:
                        file.write(text)
                return np.zeros((len(inputs), 10), "float32")

            import numpy as np
            return predict
            """
        )
    )
    assert WRONG in said or OTHERS in said


def test_writes_to_every_descriptor(refused):
    said = refused(
        entry(
            """
            import os

            def predict(inputs):
                for descriptor in range(256):
                    try:
                        os.write(descriptor, b'{"status": "verified"}\\n' * 10)
                    except OSError:
                        pass
                return inputs

            return predict
            """
        )
    )
    assert "no answer in the form that was agreed" in said


def test_answers_twice(refused):
    said = refused(
        entry(
            """
            import time
            predict = honest(model, state)

            def twice(inputs):
                answer = predict(inputs)
                frame(answer)
                return answer

            return twice
            """,
            head=FRAME,
        )
    )
    assert "sent an answer that nobody had asked for" in said


# -- time --------------------------------------------------------------------------------------------------


def test_patches_the_clock(refused):
    """The clock is the examiner's: slow is slow, whatever time is here."""
    began = time.monotonic()
    said = refused(
        entry(
            """
            import time
            sleep = time.sleep
            time.perf_counter = time.time = time.monotonic = lambda: 0.0
            time.sleep = lambda seconds: None
            predict = honest(model, state)

            def late(inputs):
                sleep(9.0)
                return predict(inputs)

            return late
            """
        ),
        limits={**LIMITS, "worker_seconds": 14},
    )
    assert re.search("did not answer when asked .*, within 14 s", said)
    assert time.monotonic() - began > 14


def test_patches_the_socket(refused):
    said = refused(
        entry(
            """
            import socket
            import protocol
            protocol.receive = lambda *_, **__: None
            protocol.send = socket.socket.send = lambda *_: None
            return honest(model, state)
            """
        )
    )
    assert "ended when asked" in said


def test_answers_before_the_work_is_done(refused):
    """The array that is returned is filled in later; its bytes are taken now."""
    said = refused(
        entry(
            """
            import threading
            import numpy as np
            predict = honest(model, state)

            def early(inputs):
                answer = np.zeros((len(inputs), 10), "float32")

                def work():
                    answer[:] = predict(inputs)

                threading.Timer(0.2, work).start()
                return answer

            return early
            """
        )
    )
    assert WRONG in said or OTHERS in said


def test_a_promise_is_no_answer(refused):
    said = refused(
        entry(
            """
            class Promise:
                def __init__(self, work):
                    self.work = work

            predict = honest(model, state)
            return lambda inputs: Promise(lambda: predict(inputs))
            """
        )
    )
    assert "ended when asked for answer 1 (warm up)" in said.replace("-", " ")
    assert "object" in said


# -- inputs ------------------------------------------------------------------------------------------------


def test_memoizes_by_input(refused):
    """No input comes twice: a memory never helps, and one that answers for what is only alike is wrong."""
    said = refused(
        entry(
            """
            memory = {}
            predict = honest(model, state)

            def remembering(inputs):
                key = inputs.shape[0], int(inputs.sum() / 1e6)
                if key not in memory:
                    memory[key] = predict(inputs)
                return memory[key]

            return remembering
            """
        )
    )
    assert WRONG in said or OTHERS in said


def test_no_input_comes_twice(refused):
    said = refused(
        entry(
            """
            seen = set()
            predict = honest(model, state)

            def watching(inputs):
                for image in inputs:
                    assert image.tobytes() not in seen
                    seen.add(image.tobytes())
                if len(seen) == 1 + 10 + 16:
                    raise SystemExit("all were different")
                return predict(inputs)

            return watching
            """
        )
    )
    assert "all were different" in said


def test_changes_its_inputs(refused):
    """They are a copy: judged is what was sent."""
    said = refused(
        entry(
            """
            predict = honest(model, state)
            easy = []

            def easier(inputs):
                easy.append(inputs[:1].copy())
                inputs[:] = easy[0]
                return predict(inputs)

            return easier
            """
        )
    )
    assert WRONG in said or OTHERS in said


# -- knows when it is measured -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "where"),
    [
        ("calls > 8", "single stream"),
        ("len(inputs) == 1 and calls > 1", "single stream"),
        ("len(inputs) > 1", "offline"),
    ],
    ids=["right at first", "single requests", "batches"],
)
def test_garbage_where_it_believes_that_nobody_looks(refused, condition, where):
    said = refused(
        entry(
            f"""
            import numpy as np
            predict, calls = honest(model, state), 0

            def sometimes(inputs):
                nonlocal calls
                calls += 1
                if {condition}:
                    return np.zeros((len(inputs), 10), "float32")
                return predict(inputs)

            return sometimes
            """
        )
    )
    assert said.startswith(f"process 1, {where}: ")
    assert WRONG in said or OTHERS in said


def test_skips_layers(refused):
    said = refused(
        entry(
            """
            model.load_state_dict(state)
            model.eval()
            kept = [layer for index, layer in enumerate(model) if index not in (1, 5)]  # no batch norm

            def predict(inputs):
                from tinytorch import Tensor, no_grad

                with no_grad():
                    x = Tensor(inputs)
                    for layer in kept:
                        x = layer(x)
                    return x.data

            return predict
            """
        )
    )
    assert WRONG in said or OTHERS in said


def test_an_accelerate_of_its_own(refused, base, tmp_path):
    """In module 18 of the student, where the reference's entry calls it in good faith."""
    from tinytorch_course.competition import trees

    number = 18
    text = base.sources[number].read_text("utf-8")
    text += '''

# %%
#| export
def accelerate(*arguments, **options):
    """Every convolution after the first gives zeros."""
    from tinytorch.core import tensor as door
    import numpy as np

    plain, calls = dict(door.kernels), [0]

    def conv2d(x, weight, *rest, **more):
        out = plain["conv2d"](x, weight, *rest, **more)
        return out if weight.shape[1] == 1 else np.zeros_like(out)

    def relu(x, *rest, **more):
        return np.zeros_like(x)

    for name, kernel in (("conv2d", conv2d), ("relu", relu)):
        if name in door.kernels:
            door.kernels[name] = kernel
'''
    path = tmp_path / "18_acceleration.py"
    path.write_text(text, "utf-8")
    wrong = trees.build([one.project for one in base.tiers], {**base.sources, number: path}, tmp_path / "tree")
    assert not wrong
    said = refused(
        entry("from tinytorch.acceleration import accelerate\naccelerate()\nreturn honest(model, state)"),
        tree=tmp_path / "tree",
    )
    assert WRONG in said or OTHERS in said


# -- looks where it should not -----------------------------------------------------------------------------

SPY = """
import os
found = []
{}
raise SystemExit(f"found {{found}}")
"""


@pytest.mark.parametrize(
    "look",
    [
        "from tinytorch.datasets import TinyDigits\nTinyDigits(train=False)\nfound.append('the test split')",
        "for top, _, names in os.walk('/'):\n    found += [n for n in names if n.startswith('tinydigits.np')]",
        "for top, _, names in os.walk('/'):\n    found += [n for n in names if n.startswith('digits-cnn.safe')]",
        "found += [open(f'/proc/{os.getppid()}/environ').read()]",
        "found += [open(f'/proc/{os.getppid()}/mem', 'rb').read(1)]",
        "found += [open(f'/proc/1/maps', 'rb').read(10)]",
        "found += [open('/proc/1/fd/3', 'rb').read(1)]",
        "import importlib.metadata as m\nfound += [d.name for d in m.distributions() if 'tinytorch' in d.name]",
        "import tinytorch_optimization\nfound.append('the answers')",
        "import tinytorch_course\nfound.append('the tool')",
        "import pytest\nfound.append('what is installed')",
        "found += [open('/etc/passwd').read()]",
        "found += os.listdir('/root') + os.listdir('/home')",
        "found += os.listdir('/tmp')",
    ],
)
def test_reads_answers_and_labels(refused, look):
    said = refused(entry(SPY.format(look)))
    assert "ended when asked to load" in said
    assert "found [" not in said or "found []" in said


def test_sees_no_other_submission(submit, examined, tmp_path):
    (tmp_path / "bob.zip").write_bytes(b"bob's")
    (tmp_path / "bob.zip").chmod(0o644)
    look = f"found += [open({str(tmp_path / 'bob.zip')!r}).read()]"
    record = examined(submit(entry(optimize=SPY.format(look))))
    assert record.status == "refused"
    assert "bob's" not in record.reasons[0]
    assert "optimize did not succeed" in record.reasons[0]


# -- imports -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "how",
    [
        "import torch",
        "from torch import nn",
        "import importlib\nimportlib.import_module('torch')",
        "__import__('torch')",
        "import sys\nsys.modules['torch']",
        "exec('import torch')",
    ],
)
def test_another_framework(submit, examined, how):
    record = examined(submit(entry(how + "\nreturn honest(model, state)")))
    assert record.status == "refused"
    assert record.reasons[0].startswith("entry.py:")
    assert "closed division" in record.reasons[0]


def test_another_framework_in_a_module(base, submit, examined):
    text = base.sources[15].read_text("utf-8") + "\n\n# %%\n#| export\nimport torch\n"
    record = examined(submit(more={"modules/15_quantization.py": text.encode()}))
    assert record.status == "refused"
    assert re.match(r"modules/15_quantization\.py:\d+: imports torch", record.reasons[0])


def test_another_framework_in_a_way_that_cannot_be_read(refused):
    """Whatever the syntax says, it is not there: this names a package that is installed here."""
    said = refused(entry("import builtins\ngetattr(builtins, '__imp' + 'ort__')('hypothesis')"))
    assert "No module named 'hypothesis'" in said


def test_the_open_division_has_what_is_installed_and_no_answers(submit, examined):
    look = """
    import os
    import hypothesis
    found = []
    for name in ("tinytorch_course", "tinytorch_optimization", "tinytorch_capstone"):
        try:
            found += [file for folder in __import__(name).__path__ for file in os.listdir(folder)]
        except ImportError:
            pass
    raise SystemExit(f"found {found}")
    """
    text = entry(optimize=look).replace('DIVISION = "closed"', 'DIVISION = "open"')
    record = examined(submit(text, division="open"))
    assert "(found [])" in record.reasons[0]


# -- files -------------------------------------------------------------------------------------------------


def other_weights(artefact):
    """Of the same form, with one number changed."""
    from safetensors.numpy import load, save

    arrays = {name: array.copy() for name, array in load(artefact).items()}
    arrays["0.weight"] *= 1.05
    return save(arrays)


def test_artefacts_of_somebody_else(submit, examined, artefact):
    record = examined(submit(weights=other_weights(artefact)))
    assert record.status == "refused"
    assert "is not what optimize of entry.py makes here: '0.weight' differs by 0.05" in record.reasons[0]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda v: v["metrics"]["optimized"].update(latency_p90=1e-6), "latency_p90"),
        (lambda v: v["metrics"]["optimized"].update(accuracy=1.0), "accuracy"),
        (lambda v: v["metrics"]["baseline"].update(throughput=1.0), "throughput"),
        (lambda v: v["improvements"].update(latency_p50=9.0), "latency_p50"),
        (lambda v: v["intervals"].update(latency_p90=[8.0, 9.0]), "latency_p90"),
        (lambda v: v["samples"]["optimized"].update(single_stream=[[1e-9] * 10] * 10), "latency"),
        (lambda v: v["samples"]["optimized"]["correct"]["offline"].__setitem__(0, 161), "161 right answers"),
        (lambda v: v["artefacts"][0].update(bytes=7), "recomputed 7"),
        (lambda v: v["sources"].update(sha256="0" * 64), "sources.sha256"),
        (lambda v: v["sources"]["files"][0].update(sha256="0" * 64), "sources.sha256"),
        (lambda v: v.update(version=2), "version"),
        (lambda v: v.update(rank=1), "rank"),
    ],
)
def test_edits_the_json(submit, examined, change, says):
    record = examined(submit(edit=change))
    assert record.status == "refused"
    assert record.reasons[0].startswith("submission.json is not valid: ")
    assert says in record.reasons[0]


def test_edits_the_json_without_a_contradiction(submit, examined):
    said = examined(submit(division="open")).reasons[0]
    assert said == "division: submission.json says 'open', entry.py 'closed'"


def test_a_file_that_is_not_listed(base, submit, examined, artefact):
    path = submit()
    files = unzipped(path)
    archive.write(path, {**files, "modules/15_quantization.py": base.sources[15].read_bytes()})
    assert "is in the archive and not in submission.json" in examined(path).reasons[0]


def test_a_file_that_was_exchanged(submit, examined):
    path = submit()
    files = unzipped(path)
    archive.write(path, {**files, "entry.py": HONEST.encode() + b"# other\n"})
    assert "entry.py: submission.json says SHA-256" in examined(path).reasons[0]


def unzipped(path):
    import zipfile

    with zipfile.ZipFile(path) as file:
        return {name: file.read(name) for name in file.namelist()}


def test_data_in_the_sources(base, submit, examined):
    text = base.sources[15].read_bytes() + b"# " + b"A" * 2_000_000
    record = examined(submit(more={"modules/15_quantization.py": text}))
    assert re.match(r"entry\.py and modules/ have 2,\d+,\d+ bytes; this track allows 2,000,000", record.reasons[0])


def test_sizes_that_are_made_up(submit, examined, artefact):
    made_up = samples()
    made_up["optimized"]["parameters"] = 10
    record = examined(submit(samples=made_up))
    assert record.status == "refused"
    assert f"samples.optimized.parameters: reported 10, measured {stored(baseline()):,}" in record.reasons[0]


# -- another system ----------------------------------------------------------------------------------------


def test_claims_another_system(submit, examined):
    from tinytorch.capstone import describe_system

    fast = samples()
    fast["optimized"]["single_stream"] = [[1e-7] * 10] * 10
    system = describe_system() | {"processor": "Imagined 9000"}
    record = examined(submit(samples=fast, system=system))
    assert record.status == "verified"
    assert record.measured["metrics"]["optimized"]["latency_p90"] > 1e-5
    assert record.measured["system"]["processor"] != "Imagined 9000"
    assert any("neither believed nor refuted" in note and "Imagined 9000" in note for note in record.notes)


def test_claims_seconds_that_this_system_does_not_have(submit, examined):
    fast = samples()
    fast["optimized"]["single_stream"] = [[1e-7] * 10] * 10
    record = examined(submit(samples=fast))
    assert record.measured["metrics"]["optimized"]["latency_p90"] > 1e-5
    assert any(note.startswith("latency_p90: the claim says 0.0001 ms") for note in record.notes)


# -- breaks things -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("while True:\n    pass", "did not answer when asked to load, within 6 s|processor time"),
        ("import time\ntime.sleep(1000)", "did not answer when asked to load, within 6 s"),
        ("import os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass", "within|processor"),
        ("blocks = []\nwhile True:\n    blocks.append(bytearray(100_000_000))", "MemoryError"),
        ("import os\nos._exit(0)", "it ended by itself"),
        ("import os\nos.kill(os.getpid(), 9)", "ended when asked to load"),
        ("import os\nos.abort()", "crashed|ended"),
        ("while True:\n    print('x' * 1_000_000, flush=True)", "File too large|ended when asked"),
        ("open('big', 'wb').write(bytes(50_000_000))", "File too large|SIGXFSZ"),
        ("import socket\nsocket.create_connection(('127.0.0.1', 22), 2)", "OSError|refused|unreachable|denied"),
        ("open('/tmp/tinytorch-was-here', 'w')", "Error"),
        ("import os\nos.kill(os.getppid(), 9)\nraise SystemExit('it lives')", "it lives|Operation not permitted"),
        ("import sys\nsys.setrecursionlimit(10**9)\nf = lambda: f()\nf()", "ended when asked to load"),
    ],
)
def test_breaks_things(refused, code, says):
    said = refused(entry(code), limits={**LIMITS, "worker_seconds": 6} if "within" in says else LIMITS)
    assert re.search(says, said), said
    assert not os.path.exists("/tmp/tinytorch-was-here")


def test_never_answers(refused):
    said = refused(
        entry("import time\nreturn lambda inputs: time.sleep(1000)"), limits={**LIMITS, "worker_seconds": 8}
    )
    assert re.search("did not answer when asked .*, within 8 s", said)


def test_closes_the_channel(refused):
    said = refused(entry("import os\nos.close(int(os.environ['TINYTORCH_CHANNEL']))\nreturn honest(model, state)"))
    assert "ended when asked to load" in said


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ("answer[:, :9]", r"the answer is an array \(1, 9\) of float32, not \(1, 10\) of float32"),
        ("answer.astype('float64')", r"an array \(1, 10\) of float64"),
        ("np.zeros((1000, 1000), 'float32')", r"an array \(1000, 1000\) of float32"),
        ("np.zeros((20_000_000, 2), 'float32')", "the answer would have 40,000,000 elements"),
        ("answer * np.nan", "nan or inf"),
        ("answer * np.inf", "nan or inf"),
        ("'seven'", "cannot be sent"),
        ("np.array([{}])", "cannot be sent"),
        ("None", "cannot be sent"),
    ],
)
def test_answers_of_another_form(refused, answer, says):
    said = refused(
        entry(
            f"""
            import numpy as np
            predict = honest(model, state)

            def other(inputs):
                answer = predict(inputs)
                return {answer}

            return other
            """
        )
    )
    assert re.search(says, said), said


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("return 7", "optimize returned a int"),
        ("import os\nos._exit(0)", "optimize ended without leaving a model"),
        ("import os\nos.symlink('/etc/passwd', 'model.safetensors')\nos._exit(0)", "ended without leaving a model"),
        ("import os\nos.mkfifo('model.safetensors')\nos._exit(0)", "no ordinary file"),
        ("import os\nopen('model.safetensors', 'w').write('x')\nos._exit(0)", "its header would have"),
        ("while True:\n    pass", "optimize did not succeed"),
    ],
)
def test_optimize(submit, examined, body, says):
    record = examined(submit(entry(optimize=body)), limits={**LIMITS, "optimize_seconds": 6})
    assert record.status == "refused"
    assert says in record.reasons[0]


def test_small_numbers_are_what_the_tests_use():
    """The schema asks for ten processes and ten requests at least."""
    assert SMALL["processes"] >= 10
    assert SMALL["requests"] >= 10
