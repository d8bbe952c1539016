"""Beside the wired code of a build: what each solution region calls first.

Written into builds by run.py. The environment tells processes that a scene starts what to do, and the scene's own
process calls `arm`.
"""

import os

LOG, RAISING = "TRIPWIRE_LOG", "TRIPWIRE"


class Tripped(Exception):
    """A region was made to raise, and was called."""


section = ""  # what is running: a region counts in some parts of a chapter only
raising, counts = os.environ.get(RAISING, ""), frozenset({""})
seen = set()


def trip(region):
    if region == raising and section in counts:
        raise Tripped(region)
    if (region, section) not in seen and LOG in os.environ:
        seen.add((region, section))
        with open(os.environ[LOG], "a", encoding="utf-8") as log:
            log.write(f"{section}|{region}\n")


def arm(region, sections):
    """From now on `region` raises, in these parts of the scene; in other processes, always."""
    global raising, counts
    raising, counts = region, frozenset(sections)
    os.environ[RAISING] = region
