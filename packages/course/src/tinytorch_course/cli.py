"""The command line `tt`. Exit codes: 0 pass, 1 not yet, 2 environment or arguments, 3 our bug."""

from __future__ import annotations

import errno
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import click

from tinytorch_course import __version__, show
from tinytorch_course.errors import ENVIRONMENT, NOT_YET, OUR_BUG, ToolError
from tinytorch_course.workspace import Workspace, find, find_root

JSON = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")


class ModuleNumber(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """`3` or `03`."""

    name = "module"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        text = str(value)
        if not (text.isascii() and text.isdigit() and len(text) <= 3):
            self.fail(f"{text!r} is not the number of a module (such as 03)", param, ctx)
        return int(text)


NUMBER = ModuleNumber()


def here() -> Workspace:
    return find(Path.cwd())


@click.group(
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="tinytorch")
@click.pass_context
def cli(context: click.Context) -> int | None:
    """Build TinyTorch, module by module.  Without a command: go on where you were."""
    if context.invoked_subcommand is not None:
        return None
    from tinytorch_course.commands.check import watch

    return watch(here(), None)


@cli.command()
@click.argument("number", metavar="[NN]", type=NUMBER, required=False)
@click.option(
    "--notebook/--no-notebook", default=None, help="Work in a Jupyter notebook instead of a Python file."
)
def start(number: int | None, notebook: bool | None) -> int:
    """Make a workspace here, or add a module to it."""
    from tinytorch_course.commands.start import start as command

    return command(number, notebook)


@cli.command()
@click.argument("number", metavar="[NN]", type=NUMBER, required=False)
@click.option("--through", metavar="NN", type=NUMBER, help="Check every module of yours from 01 to NN.")
@JSON
def check(number: int | None, through: int | None, as_json: bool) -> int:
    """Check what you wrote."""
    if number is not None and through is not None:
        raise click.UsageError("give a module or --through, not both")
    from tinytorch_course.commands.check import check as command

    return command(here(), number, through, as_json)


@cli.command()
@click.argument("number", metavar="[NN]", type=NUMBER, required=False)
def watch(number: int | None) -> int:
    """Check again on every save."""
    from tinytorch_course.commands.check import watch as command

    return command(here(), number)


@cli.command()
@JSON
def hint(as_json: bool) -> int:
    """Show the next hint for the first part that is not right yet."""
    from tinytorch_course.commands.hint import hint as command

    return command(here(), as_json)


@cli.command()
@click.option("--no-install", is_flag=True, help="Only build the wheel.")
def build(no_install: bool) -> int:
    """Make the wheel of your modules and install it."""
    from tinytorch_course.commands.build import build as command

    return command(here(), not no_install)


@cli.command()
@click.argument("side", type=click.Choice(["mine", "reference"]))
@click.argument("number", metavar="NN", type=NUMBER)
def use(side: str, number: int) -> int:
    """Choose which side supplies a module."""
    from tinytorch_course.commands.build import use as command

    return command(here(), side, number)


@cli.command(context_settings={"ignore_unknown_options": True})
@click.argument("name", required=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@JSON
def milestone(name: str | None, arguments: tuple[str, ...], as_json: bool) -> int:
    """Run a milestone on what you built; without a name, list them.  ARGUMENTS go to the milestone."""
    from tinytorch_course.commands.milestone import listing, run

    return listing(here(), as_json) if name is None else run(here(), name, arguments)


@cli.command()
@JSON
def status(as_json: bool) -> int:
    """Show every module: whose it is, passed or not, points."""
    from tinytorch_course.commands.status import status as command

    return command(here(), as_json)


@cli.command()
@click.argument("number", metavar="NN", type=NUMBER)
def reset(number: int) -> int:
    """Begin a module again; your version is kept in .tinytorch/backups."""
    from tinytorch_course.commands.status import reset as command

    return command(here(), number)


@cli.command()
@click.argument("number", metavar="NN", type=NUMBER)
@click.option("--name", metavar="NAME", help="Yours, or your team's, as it stands on the board.")
@click.option("--track", metavar="NAME", help="What a new entry is for; otherwise the entry says it.")
@click.option("--division", type=click.Choice(["closed", "open"]), help="The same.")
@click.option("--quick", is_flag=True, help="Measure less: enough to see that it works.")
def submit(number: int, name: str | None, track: str | None, division: str | None, quick: bool) -> int:
    """Make what is handed in of a module: of 20, an entry to the competition."""
    from tinytorch_course.commands.submit import Request
    from tinytorch_course.commands.submit import submit as command
    from tinytorch_course.competition.entries import Wishes

    return command(here(), number, Request(name, Wishes(track, division), quick))


@cli.command()
@JSON
def doctor(as_json: bool) -> int:
    """Look for what keeps things from working, and say what to do."""
    from tinytorch_course.commands.doctor import doctor as command

    return command(Path.cwd(), as_json)


# --- for staff


CONFIGURATIONS = "1: teach the first tier.  2: the first and the second.  3: the third, over the reference."
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@cli.group()
def course() -> None:
    """For instructors: make a course, hand it out."""


@course.command("new")
@click.argument("name")
@click.option("--config", "configuration", metavar="1|2|3", type=click.IntRange(1, 3), help=CONFIGURATIONS)
@click.option(
    "--modules", metavar="NN,NN-NN", help="Teach these modules only (7,14-20); the reference fills in the others."
)
def course_new(name: str, configuration: int | None, modules: str | None) -> int:
    """Make the folder NAME with a course.toml."""
    if (configuration is None) == (modules is None):
        raise click.UsageError("give either --config or --modules")
    from tinytorch_course.commands.course import new

    return new(name, configuration, modules)


@course.command("handout")
@click.option("--out", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path), help="In place of NAME.zip.")
@click.option("--wheels", metavar="DIR", type=FOLDER, help="Where TinyTorch's wheels are, if not as installed.")
@click.option(
    "--wheelhouse",
    "--find-links",
    "wheelhouse",
    metavar="DIR",
    type=FOLDER,
    help="Where all other wheels are; without it, from what is installed or from pip's index.",
)
@click.option("--platform", "platforms", metavar="NAME", multiple=True, help="In place of course.toml's; repeatable.")
@click.option("--python", metavar="3.NN", multiple=True, help="In place of course.toml's; repeatable.")
def course_handout(
    out: Path | None,
    wheels: Path | None,
    wheelhouse: Path | None,
    platforms: tuple[str, ...],
    python: tuple[str, ...],
) -> int:
    """Make one zip for students: no answers in it, no network needed."""
    from tinytorch_course.commands.course import hand_out

    return hand_out(out, wheels, wheelhouse, platforms, python)


FILES = click.Path(exists=True, dir_okay=False, path_type=Path)


@course.command("verify")
@click.argument("submissions", metavar="ZIP...", type=FILES, nargs=-1, required=True)
@click.option("--out", metavar="DIR", type=FOLDER, help="Where the records go, if not beside the zips.")
@click.option("--any-noise", is_flag=True, help="Give a verdict on a busy machine too; its intervals are wide.")
@click.option("--without-confinement", is_flag=True, help="Run the code unprotected: only if you wrote it yourself.")
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), hidden=True)
@JSON
def course_verify(
    submissions: tuple[Path, ...],
    out: Path | None,
    any_noise: bool,
    without_confinement: bool,
    seed: int | None,
    as_json: bool,
) -> int:
    """Run submissions again, confined, on inputs that nobody knew, and write what was found."""
    from tinytorch_course.commands.competition import verify
    from tinytorch_course.competition.verify import Options

    return verify(submissions, out, Options(not without_confinement, any_noise, seed), as_json)


@course.command("leaderboard")
@click.argument("folder", type=FOLDER)
@click.option("--out", metavar="FOLDER", type=click.Path(file_okay=False, path_type=Path), help="In place of there.")
def course_leaderboard(folder: Path, out: Path | None) -> int:
    """Make the competition's board from the submissions and verified records in FOLDER."""
    from tinytorch_course.commands.leaderboard import leaderboard

    return leaderboard(folder, out)


# --- the boundary: no exception passes it


def main(arguments: list[str] | None = None) -> int:
    try:
        result = cli.main(arguments, prog_name="tt", standalone_mode=False)
        sys.stdout.flush()  # here, where a reader that has left can still be handled
        return result if isinstance(result, int) else 0
    except (KeyboardInterrupt, click.Abort):
        return failed(NOT_YET, "stopped; your files are as they were")
    except BrokenPipeError:
        return quiet()
    except click.ClickException as error:
        return failed(ENVIRONMENT, error.format_message(), _usage(error))
    except ToolError as error:
        return failed(error.code, error.message, error.help)
    except OSError as error:
        return system(error)
    except Exception as error:
        return our_bug(error)


def failed(code: int, message: str, help: str = "") -> int:
    """On a terminal and in a pipe the words go to stderr; whoever asked for JSON gets JSON."""
    if "--json" in sys.argv[1:]:
        show.say_json({"error": {"message": message, "help": help, "exit": code}})
    else:
        show.complain(message, help)
    return code


def _usage(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    return f"see: {context.command_path} --help" if context is not None else ""


def quiet() -> int:
    """Whoever read our output has left (`tt status | head -1`): that is no error of anybody's."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def system(error: OSError) -> int:
    what = error.filename or "a file"
    advice = {
        errno.ENOSPC: ("the disk is full", "make room and repeat the command; nothing of yours was changed"),
        errno.EDQUOT: (
            "your disk quota is used up",
            "make room and repeat the command; nothing of yours was changed",
        ),
        errno.EROFS: (
            f"{what} is on a disk that cannot be written",
            "move the workspace to a folder that you may write",
        ),
        errno.EACCES: (
            f"no permission for {what}",
            "change its permissions, or move the workspace to a folder of your own",
        ),
        errno.EPERM: (
            f"no permission for {what}",
            "change its permissions, or move the workspace to a folder of your own",
        ),
    }
    if error.errno not in advice:
        return our_bug(error)
    return failed(ENVIRONMENT, *advice[error.errno])


def our_bug(error: Exception) -> int:
    kept = _first_that_works(
        [_errors_in_workspace, lambda: Path(tempfile.gettempdir())], traceback.format_exc()
    )
    where = f"The details are in {kept}." if kept else "The details could not be written."
    message = f"this is a fault of the tool, not of yours ({type(error).__name__}). {where}"
    return failed(
        OUR_BUG,
        message,
        "please report it with that file; your files are as they were, and the command can be repeated",
    )


def _errors_in_workspace() -> Path:
    root = find_root(Path.cwd())
    if root is None:
        raise FileNotFoundError
    return root / ".tinytorch" / "errors"


def _first_that_works(places: list[Callable[[], Path]], text: str) -> Path | None:
    for place in places:
        with suppress(OSError):
            folder = place()
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / f"tt-error-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.txt"
            path.write_text(f"tinytorch {__version__}, Python {sys.version}\n{sys.argv}\n\n{text}", "utf-8")
            return path
    return None


if __name__ == "__main__":
    sys.exit(main())
