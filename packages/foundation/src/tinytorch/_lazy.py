"""Where the names of `tinytorch` come from: the modules that are installed, looked up on first use.

Each tier's build writes a table, `tinytorch/_tiers/<tier>.py`, of what it holds and of the tiers that it
knows. A package that tiers share has these lines in its `__init__.py`, and nothing else:

    from tinytorch._lazy import attach as _attach

    __path__, __getattr__, __dir__ = _attach(__name__, __path__)
"""

import importlib
import importlib.util
import os
import pkgutil
import sys
import warnings


class Entry:
    """A module of the curriculum, as the tables show it: built, left out of this build, or not installed."""

    def __init__(self, distribution, facts, build=None):
        self.distribution, self.build = distribution, build
        self.number, self.name, self.title = facts["number"], facts["name"], facts["title"]
        self.import_name = f"tinytorch.{facts['target']}"
        self.exports = facts["exports"]
        self.present = facts.get("present", False)
        self.missing = facts.get("missing", ())
        self.on_import = facts.get("on_import")

    @property
    def module(self):
        return f"module {self.number:02d} ({self.title})"

    def homes(self):
        """The packages that offer the exports: the module's own; for `tinytorch.core`, `tinytorch` too."""
        package = self.import_name.rpartition(".")[0]
        if package == "tinytorch":
            return ()
        return (package, "tinytorch") if package == "tinytorch.core" else (package,)

    def absence(self, what):
        """Why `what` cannot be had, and what to do about it."""
        if self.build is None:
            return (
                f"{what} is built in {self.module} and ships in {self.distribution}, which is not installed. "
                f"Install it: pip install {self.distribution}"
            )
        if self.build == "student":
            return (
                f"{what} is built in {self.module}, which your build lacks. "
                f"Finish modules/{self.number:02d}_{self.name}, then run: tt build"
            )
        return f"{what} is built in {self.module}, which this build of {self.distribution} was made without."


class Dataset(Entry):
    """A class of `tinytorch.datasets`, ordinary source of a tier: there if the tier is, whatever else is built."""

    def __init__(self, distribution, name, installed):
        facts = {"number": 0, "name": name, "title": name, "target": f"datasets.{name.lower()}"}
        super().__init__(distribution, {**facts, "exports": [name], "present": installed})

    @property
    def module(self):
        return f"the dataset {self.name}"

    def absence(self, what):
        where = f"ships in {self.distribution}, which is not installed"
        return f"{what} {where}. Install it: pip install {self.distribution}"


class Tables:
    """All tables on the path, merged. `modules`: import name -> entry; `names`: package -> name -> entry."""

    def __init__(self):
        self.versions, self.modules, self.names = {}, {}, {}
        found = list(_read())
        for table in found:
            self.versions[table.DISTRIBUTION] = table.VERSION
            for facts in table.MODULES:
                self._add(Entry(table.DISTRIBUTION, facts, table.BUILD))
        for distribution, facts in [row for table in found for row in table.CATALOG]:
            if distribution not in self.versions:  # what an installed tier says of itself is what counts
                self._add(Entry(distribution, facts))
        for distribution, name in [row for table in found for row in getattr(table, "DATASETS", ())]:
            self._add(Dataset(distribution, name, distribution in self.versions))
        for entry in sorted(self.modules.values(), key=lambda entry: entry.number):
            self._offer(entry)

    def _add(self, entry):
        self.modules.setdefault(entry.import_name, entry)

    def _offer(self, entry):
        """An earlier module keeps its names; one word cannot be a module and a name of one package."""
        for package in entry.homes():
            names = self.names.setdefault(package, {})
            for name in entry.exports:
                if not self._is_module(f"{package}.{name}"):
                    names.setdefault(name, entry)

    def _is_module(self, name):
        return any(known == name or known.startswith(f"{name}.") for known in self.modules)


def _read():
    """The tables, first on the path first; a second copy of a tier further back is hidden by the first."""
    folders = importlib.import_module("tinytorch._tiers").__path__
    files = [name for folder in folders for name in sorted(os.listdir(folder)) if name.endswith(".py")]
    for name in dict.fromkeys(files):  # pkgutil.iter_modules would import inspect: 5 ms
        yield importlib.import_module(f"tinytorch._tiers.{name[:-3]}")


_tables = None


def tables():
    """The merged tables, read once."""
    global _tables
    if _tables is None:
        try:
            _tables = Tables()
        except ModuleNotFoundError as error:
            if error.name != "tinytorch._tiers":
                raise
            raise ImportError(
                "this copy of tinytorch was never built: install it with pip install tinytorch-foundation"
            ) from None
    return _tables


class _Absent:
    """Says why a module of the curriculum is not there, instead of "No module named ...".

    It stands before the ordinary finders: where a build without module 03 comes first on the path and a
    complete one is installed behind it, module 03 of the other one must not be taken.
    """

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.startswith("tinytorch.") and not name.startswith("tinytorch._"):
            entry = tables().modules.get(name)
            if entry is not None and not entry.present:
                raise ModuleNotFoundError(entry.absence(name), name=name)


def attach(name, path):
    """`__path__, __getattr__, __dir__` for the shared package `name`."""
    # several editable tiers are several folders: each may add to this package
    path = sys.modules[name].__path__ = pkgutil.extend_path(path, name)

    def __getattr__(attribute):
        if attribute == "__all__":
            return _installed(name)
        if attribute == "__version__" and name == "tinytorch":
            return tables().versions["tinytorch-foundation"]
        if not attribute.startswith("_"):
            entry = tables().names.get(name, {}).get(attribute)
            if entry is not None:
                value = _fetch(name, attribute, entry)
                setattr(sys.modules[name], attribute, value)
                return value
            if importlib.util.find_spec(f"{name}.{attribute}"):
                return importlib.import_module(f"{name}.{attribute}")
            try:
                return absent().lookup(name, attribute)
            except AttributeError:
                pass
        raise AttributeError(
            f"module {name!r} has no attribute {attribute!r}", name=attribute, obj=sys.modules[name]
        )

    def __dir__():
        own = {key for key in vars(sys.modules[name]) if key.startswith("__")}
        return sorted({*own, *_installed(name), *_submodules(path, name), *absent().given(name)})

    return path, __getattr__, __dir__


def absent():
    """PyTorch's names that no chapter brings: those that are given, and advice for the rest. Read when asked for."""
    return importlib.import_module("tinytorch._names.absent")


def _installed(package):
    entries = tables().names.get(package, {})
    return sorted(name for name, entry in entries.items() if entry.present and name not in entry.missing)


def _submodules(path, package):
    for found in pkgutil.iter_modules(path):
        entry = tables().modules.get(f"{package}.{found.name}")
        if not found.name.startswith("_") and (entry is None or entry.present):
            yield found.name


def _fetch(package, name, entry):
    """The value of `package.name`, from the module that defines it; ImportError if it cannot be had.

    Out of an AttributeError, `from package import name` would make "cannot import name", and lose its text.
    """
    if not entry.present:
        raise ImportError(entry.absence(f"{package}.{name}"), name=f"{package}.{name}")
    try:
        module = importlib.import_module(entry.import_name)
    except AttributeError as error:
        raise ImportError(
            f"{package}.{name}: {entry.module} stops while it is imported: AttributeError: {error}",
            name=entry.import_name,
        ) from error
    try:
        return getattr(module, name)
    except AttributeError:
        pass
    if getattr(module.__spec__, "_initializing", False):
        problem = f"{package}.{name} is used while {entry.module} that defines it is still being imported"
    else:
        problem = f"your build lacks {name}: {entry.module} does not define it"
    raise ImportError(problem, name=f"{package}.{name}", path=module.__file__)


def start():
    """Called when tinytorch has been imported: the modules that ask for it get their call.

    What fails breaks only itself. A module that is not finished yet is no news to the one who writes it.
    """
    sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__name__ != "_Absent"]
    sys.meta_path.insert(0, _Absent())
    for entry in sorted(tables().modules.values(), key=lambda entry: entry.number):
        if entry.present and entry.on_import:
            try:
                getattr(importlib.import_module(entry.import_name), entry.on_import)()
            except NotImplementedError:
                pass
            except (Exception, SystemExit) as error:
                problem = f"{entry.module} is off: {type(error).__name__}: {error}"
                warnings.warn(f"tinytorch: {problem}", RuntimeWarning, stacklevel=3)
    if hasattr(sys.modules.get("tinytorch.core.tensor"), "kernels"):  # a prefix may not have got so far
        importlib.import_module("tinytorch._names.operations").enter_all()
