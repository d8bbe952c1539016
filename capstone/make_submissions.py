"""Enters some of the example entries, verifies what comes out, and puts both into submissions/.

    python -P capstone/make_submissions.py [ENTRY ...]

Run it where nothing else runs: on a busy machine what is verified has no rank. It needs the tool and all tiers.
"""

import os
import subprocess
import sys
from pathlib import Path

from tinytorch_course.competition import claim
from tinytorch_course.course import installed_references

FOLDER = Path(__file__).resolve().parent
ENTERED = ["digits_int8_accelerated", "digits_together", "talks_cached_accelerated"]
SEED = 2018  # of optimize and of the claim's requests; verifying draws its own


def entered(name, out):
    """The zip of an entry on the reference's modules."""
    tiers = list(installed_references().values())
    given = {m.number: one.project / "modules" / f"{m.stem}.py" for one in tiers for m in one.tier.modules}
    entry = FOLDER / "entries" / f"{name}.py"
    made = claim.make(entry, {}, given, [one.project for one in tiers], out, name=f"example: {name}", seed=SEED)
    print(out.name, *made.notes, sep="\n  ", flush=True)
    return out


def main(names):
    folder = FOLDER / "submissions"
    folder.mkdir(exist_ok=True)
    made = [entered(name, folder / f"{name}.zip") for name in names]
    command = [sys.executable, "-P", "-c", "from tinytorch_course.cli import main; main()"]
    settings = os.environ | {"PYTHONUTF8": "1"}
    return subprocess.run([*command, "course", "verify", *map(str, made)], env=settings).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or ENTERED))
