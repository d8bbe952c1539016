"""The launcher: confines itself, then becomes the command. `tinytorch_course.confine` starts it:

    python -I -S -c "..., launch.main()" PLAN COMMAND...

PLAN is a dict, as marshal writes it, in hexadecimal. Into the file behind its descriptor `report` go lines of words
with tabs between them: what applied before the command starts, how it went after its end. Each run pays for what is
imported here, so that is as little as can be: no json, no typing, no signal.

Three processes: this one waits in the old PID namespace; its child is number 1 of the new one, so that the kernel ends
every descendant with it; the grandchild limits itself and becomes the command.
"""

from __future__ import annotations

import ctypes
import marshal
import os
import resource  # here: once the process is another user, it may not be able to read Python's files
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

FAILED = 96  # no command that we start ends with this by itself and a report that says so
NOBODY = 65534
SIGKILL = 9
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 1, 4, 24, 36, 38
NAMESPACES = {  # name -> flag of unshare(2)
    "mount namespace": 0x00020000,
    "ipc namespace": 0x08000000,
    "process namespace": 0x20000000,
    "network namespace": 0x40000000,
}
CLONE_NEWUSER = 0x10000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 1, 2, 4, 32, 4096, 16384, 1 << 18
MNT_DETACH, AT_RECURSIVE, AT_FDCWD = 2, 0x8000, -100
MOUNT_SETATTR, LANDLOCK_CREATE, LANDLOCK_ADD, LANDLOCK_RESTRICT = 442, 444, 445, 446  # the same on every processor
DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random")
RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}  # Landlock's version -> how many rights on files it knows; later ones 16
READ_FILE, READ_FOLDER, EXECUTE = 4, 8, 1
FILE_RIGHTS = 1 | 2 | 4 | 1 << 14 | 1 << 15  # what can be said of a file that is no folder

libc = ctypes.CDLL(None, use_errno=True)


def call(name: str, *arguments: Any) -> int:
    """A function of the C library; OSError where it says -1."""
    given = [one.encode() if isinstance(one, str) else one for one in arguments]
    result: int = getattr(libc, name)(*given)
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return result


def prctl(option: int, value: int) -> None:
    call("prctl", option, *map(ctypes.c_ulong, (value, 0, 0, 0)))


class Applied:
    """What was applied, and why the rest was not."""

    def __init__(self) -> None:
        self.found: dict[str, str] = {}  # name -> "" or the reason why not

    def attempt(self, name: str, action: Callable[[], object]) -> bool:
        try:
            action()
        except (OSError, AttributeError, ValueError) as error:
            self.found[name] = str(error) or type(error).__name__
        else:
            self.found[name] = ""
        return not self.found[name]


def write_report(descriptor: int, *words: object) -> None:
    line = "\t".join(" ".join(str(word).split()) for word in words)
    os.write(descriptor, line.encode("utf-8", "replace") + b"\n")


# -- namespaces --------------------------------------------------------------------------------------------


def enter_namespaces(applied: Applied) -> bool:
    """New namespaces for this process's children. Can it become NOBODY there? Only root can arrange that."""
    root = os.geteuid() == 0
    known: list[bool] = []
    inside = applied.attempt("user namespace", lambda: known.append(map_as_root() if root else map_oneself()))
    for name, flag in NAMESPACES.items():
        if inside or root:
            applied.attempt(name, lambda flag=flag: call("unshare", flag))  # type: ignore[misc]
        else:
            applied.found[name] = f"needs a user namespace ({applied.found['user namespace']})"
    return known[0] if inside else root


def map_oneself() -> bool:
    user, group = os.geteuid(), os.getegid()
    call("unshare", CLONE_NEWUSER)
    write("/proc/self/setgroups", "deny")
    write("/proc/self/uid_map", f"{user} {user} 1\n")
    write("/proc/self/gid_map", f"{group} {group} 1\n")
    return False


def map_as_root() -> bool:
    """More than oneself can only be mapped by somebody who stayed in the old namespace: a helper process."""
    wait, go = os.pipe()
    helper = os.fork()
    if helper == 0:
        os.close(go)
        os._exit(map_parent() if os.read(wait, 1) else 1)
    try:
        call("unshare", CLONE_NEWUSER)
        os.write(go, b"!")
    finally:
        os.close(wait)
        os.close(go)
        code = os.waitstatus_to_exitcode(os.waitpid(helper, 0)[1])
    if code not in (0, 2):
        raise OSError("the users could not be mapped")
    return code == 0


def map_parent() -> int:
    """0: root and NOBODY are mapped; 2: root alone, as where we are in a container without NOBODY; 1: none."""
    for code, text in ((0, f"0 0 1\n{NOBODY} {NOBODY} 1\n"), (2, "0 0 1\n")):
        try:
            write(f"/proc/{os.getppid()}/gid_map", text)
            write(f"/proc/{os.getppid()}/uid_map", text)
            return code
        except OSError:
            continue
    return 1


def write(path: str, text: str) -> None:
    with open(path, "w") as file:
        file.write(text)


# -- what there is to see ----------------------------------------------------------------------------------


def mount(source: str | None, target: str, kind: str | None, flags: int, data: str | None = None) -> None:
    call("mount", source, target, kind, ctypes.c_ulong(flags), data)


def new_root(plan: dict[str, Any]) -> None:
    """An empty root folder that holds the paths of the plan and nothing else."""
    mount(None, "/", None, MS_REC | MS_PRIVATE)
    mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "size=1m,mode=755")
    os.mkdir("/tmp/.old")
    call("pivot_root", "/tmp", "/tmp/.old")
    os.chdir("/")
    kinds = {**dict.fromkeys(plan["hide"]), **dict.fromkeys(plan["read"], MS_RDONLY), **dict.fromkeys(plan["write"], 0)}
    covered = []
    for path, flags in sorted(kinds.items()):  # a folder comes before what is in it, hidden or shown
        if flags is not None:
            bind(path, flags)
        elif os.path.exists(path):
            covered.append(path)
            cover(path)
    if plan["scratch"]:
        mount("tmpfs", plan["folder"], "tmpfs", MS_NOSUID | MS_NODEV, f"size={plan['scratch']},mode=755")
    for path in filter(os.path.isdir, covered):
        mount(None, path, None, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV)
    for path in DEVICES:
        bind(path, None)
    os.makedirs("/proc", exist_ok=True)
    try:
        mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV)
    except OSError:
        os.rmdir("/proc")  # some containers forbid it; a program without /proc is better than one with the old
    call("umount2", "/.old", MNT_DETACH)
    os.rmdir("/.old")
    mount(None, "/", None, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV)
    os.chdir(plan["folder"])


def bind(path: str, flags: int | None) -> None:
    """Show `path` of the old root at the same place; `flags` None leaves a device a device."""
    old = f"/.old{path}"
    if not os.path.exists(old):
        return
    if os.path.isdir(old):
        os.makedirs(path, exist_ok=True)
    elif not os.path.exists(path):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    mount(old, path, None, MS_BIND | MS_REC)
    if flags is not None:
        attributes = (flags | MS_NOSUID | MS_NODEV).to_bytes(8, "little") + bytes(24)
        call("syscall", MOUNT_SETATTR, AT_FDCWD, path, AT_RECURSIVE, attributes, ctypes.c_size_t(32))


def cover(path: str) -> None:
    """Put nothing in the place of a path that is inside one that is shown; some of it may be shown again."""
    if os.path.isdir(path):
        mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV, "size=1m,mode=755")
    else:
        mount("/.old/dev/null", path, None, MS_BIND)


# -- Landlock ----------------------------------------------------------------------------------------------


def landlock(plan: dict[str, Any], hidden: list[str]) -> None:
    """No file but those of the plan; no TCP, no signals to the outside, where this kernel's version has them."""
    version = call("syscall", LANDLOCK_CREATE, None, ctypes.c_size_t(0), 1)
    everything = (1 << RIGHTS.get(version, 16)) - 1
    fields = [everything, 3 if version >= 4 else 0, 3 if version >= 6 else 0][: 1 + (version >= 4) + (version >= 6)]
    attributes = b"".join(value.to_bytes(8, "little") for value in fields)
    rules = call("syscall", LANDLOCK_CREATE, attributes, ctypes.c_size_t(len(attributes)), 0)
    for path in (*plan["write"], *DEVICES):
        allow(rules, path, everything)
    for path in (*plan["read"], "/proc"):
        for part, rights in carve(path, hidden):
            allow(rules, part, rights)
    call("syscall", LANDLOCK_RESTRICT, rules, 0)
    os.close(rules)


def carve(path: str, hidden: list[str]) -> Iterator[tuple[str, int]]:
    """Landlock can only allow: a folder without some of its parts is its other parts, and its list of names."""
    below = [one for one in hidden if one == path or one.startswith(path.rstrip("/") + "/")]
    if not below:
        yield path, READ_FILE | READ_FOLDER | EXECUTE
    elif path not in below and os.path.isdir(path):
        yield path, READ_FOLDER
        for name in os.listdir(path):
            yield from carve(os.path.join(path, name), below)


def allow(rules: int, path: str, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    rights = rights if os.path.isdir(path) else rights & FILE_RIGHTS
    rule = rights.to_bytes(8, "little") + descriptor.to_bytes(4, "little")
    try:
        call("syscall", LANDLOCK_ADD, rules, 1, rule, 0)
    finally:
        os.close(descriptor)


# -- limits, users -----------------------------------------------------------------------------------------


def set_limits(limits: dict[str, int]) -> None:
    for name, value in limits.items():
        kind = getattr(resource, f"RLIMIT_{name}")
        hard = resource.getrlimit(kind)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (value, value))


def become_nobody(plan: dict[str, Any]) -> None:
    """Limits on processes do not hold for root, and root owns more than a command should be able to change."""
    for path in plan["write"]:
        os.chown(path, NOBODY, NOBODY)
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)


def drop_capabilities() -> None:
    for number in range(64):
        try:
            prctl(PR_CAPBSET_DROP, number)
        except OSError:
            break  # beyond the last that the kernel knows, or there are none to drop


# -- the three processes -----------------------------------------------------------------------------------


def confine(plan: dict[str, Any], applied: Applied, nobody: bool) -> None:
    """Everything that the process does to itself that will become the command."""
    if sys.platform == "linux":
        drop_capabilities()
        if os.geteuid() == 0:
            if nobody:
                applied.attempt("unprivileged user", lambda: become_nobody(plan))
            else:
                applied.found["unprivileged user"] = "root cannot become another user here"
        else:
            applied.found["unprivileged user"] = ""
        applied.attempt("no new privileges", lambda: prctl(PR_SET_NO_NEW_PRIVS, 1))
        hidden = plan["hide"] if applied.found.get("mount namespace", "no") else []  # else covered already
        applied.attempt("landlock", lambda: landlock(plan, hidden))
    applied.attempt("limits", lambda: set_limits(plan["limits"]))


def become(plan: dict[str, Any], applied: Applied, nobody: bool, command: list[str]) -> None:
    """Confine this process, report, and turn into the command."""
    report = plan["report"]
    try:
        if plan["confined"]:
            confine(plan, applied, nobody)
        else:
            applied.attempt("limits", lambda: set_limits(plan["limits"]))
        for name, reason in applied.found.items():
            write_report(report, "applied", name, reason)
        lacking = [one for one in plan["required"] if all(applied.found.get(name, "no") for name in one)]
        write_report(report, "lacking", *(name for group in lacking for name in group))
        if not lacking:
            os.set_inheritable(report, False)
            os.execve(command[0], command, plan["environment"])
    except BaseException as error:
        write_report(report, "failed", f"{type(error).__name__}: {error}")
    os._exit(FAILED)


def look_after(child: int, report: int, inside: bool) -> int:
    """Wait for the command; report how it ended and the memory of all that it started."""
    others = 0
    while True:
        pid, status, usage = os.wait4(-1, 0)
        if pid == child:
            break
        others += usage.ru_maxrss
    others += sum(peak_of_the_others()) if inside else end_orphans()
    scale = 1 if sys.platform == "darwin" else 1024
    code = os.waitstatus_to_exitcode(status)
    write_report(report, "ended", code, (usage.ru_maxrss + others) * scale, usage.ru_utime + usage.ru_stime)
    return code


def end_orphans() -> int:
    """Without a namespace: whoever lost their parent became our child, as we asked; the sum of their peaks."""
    total = 0
    while True:
        try:
            with open(f"/proc/self/task/{os.getpid()}/children") as file:
                children = [int(word) for word in file.read().split()]
        except OSError:
            return total
        for pid in children:
            os.kill(pid, SIGKILL)
            total += os.wait4(pid, 0)[2].ru_maxrss
        if not children:
            return total


def peak_of_the_others() -> Iterator[int]:
    """The peak of each process that the command leaves behind; they end with us."""
    try:
        left = [name for name in os.listdir("/proc") if name.isdigit() and name != "1"]
    except OSError:
        return
    for name in left:
        try:
            with open(f"/proc/{name}/status") as file:
                yield from (int(line.split()[1]) for line in file if line.startswith("VmHWM"))
        except OSError:
            continue


def first_process(plan: dict[str, Any], applied: Applied, nobody: bool, command: list[str]) -> int:
    """Number 1 of the PID namespace: mounts, then starts the command. Where there is no namespace, its parent alone."""
    if not applied.found.get("mount namespace", "no"):
        applied.attempt("mount namespace", lambda: new_root(plan))
    child = os.fork()
    if child == 0:
        become(plan, applied, nobody, command)
    let_go(plan)
    if sys.platform == "linux":
        prctl(PR_SET_DUMPABLE, 0)  # nobody traces this process, not even one of the same user
    return look_after(child, plan["report"], not applied.found.get("process namespace", "no"))


def let_go(plan: dict[str, Any]) -> None:
    """The other end must see that the channel is closed when the command ends, not when we do."""
    for descriptor in plan["channel"]:
        os.close(descriptor)


def main() -> int:
    plan, command = marshal.loads(bytes.fromhex(sys.argv[1])), sys.argv[2:]
    applied = Applied()
    nobody = False
    if sys.platform == "linux":
        prctl(PR_SET_PDEATHSIG, SIGKILL)
        if os.getppid() != plan["parent"]:
            return FAILED
        prctl(PR_SET_CHILD_SUBREAPER, 1)  # whatever leaves its session can still be found below us
        if plan["confined"]:
            nobody = enter_namespaces(applied)
    if applied.found.get("process namespace", "no"):
        return exit_code(first_process(plan, applied, nobody, command))
    child = os.fork()
    if child == 0:
        prctl(PR_SET_PDEATHSIG, SIGKILL)
        os._exit(exit_code(first_process(plan, applied, nobody, command)))
    let_go(plan)
    _, status = os.waitpid(child, 0)
    return exit_code(os.waitstatus_to_exitcode(status))


def exit_code(status: int) -> int:
    """As a shell says it; what is exact stands in the report."""
    return 128 - status if status < 0 else status

