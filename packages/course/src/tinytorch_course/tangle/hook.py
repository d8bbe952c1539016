"""The build hook of every tier: tangles the modules and gathers what a wheel or an sdist is to hold.

A tier's `hatch_build.py` finds this file and hands over. `[tool.hatch.build.targets.wheel]` selects no
files itself, so that a build without hooks fails instead of making an empty wheel.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

from . import project
from .manifest import Tier
from .tangler import REFERENCE, STUDENT, find_sources, forget_bytecode, tangle_tree, write_if_changed

EDITABLE = ".tangled"  # dev-mode-dirs names it


class TierHook(BuildHookInterface):  # type: ignore[type-arg]
    """`build = "student"` in `[tool.hatch.build.hooks.custom]` marks a student build, whose modules are the
    learner's but for the numbers in `lent`.
    """

    PLUGIN_NAME = "tinytorch-tier"
    _folder: tempfile.TemporaryDirectory[str] | None = None

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the generated files: in the wheel's place, in the editable folder, or to the sdist."""
        root = Path(self.root)
        tier = project.read_project(root)
        if self.metadata.core.name != tier.distribution:
            raise ValueError(
                f"pyproject.toml names {self.metadata.core.name}, tier.toml is {tier.distribution}"
            )
        include: dict[str, str] = build_data["force_include"]
        if self.target_name == "sdist":
            include |= {str(path): str(name) for name, path in self._support(root, tier).items()}
        elif version == "editable":
            self._sync(root, tier)
        else:
            include |= {str(path): str(name) for name, path in self._wheel(root, tier).items()}

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove the temporary folder."""
        if self._folder is not None:
            self._folder.cleanup()

    def clean(self, versions: list[str]) -> None:
        """Remove the editable folder's generated files."""
        self._remove_stale(Path(self.root, EDITABLE), set())

    def _scratch(self) -> Path:
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="tinytorch-")
        return Path(self._folder.name)

    def _support(self, root: Path, tier: Tier) -> dict[Path, Path]:
        """For the sdist: the tangler, and the manifests of the tiers beside this one."""
        if (root / project.SUPPORT / "tinytorch_tangle").is_dir():
            return {}  # an sdist of an sdist: it is there, and selected
        files = {
            Path(project.SUPPORT, "tinytorch_tangle", path.name): path for path in project.tangler_files()
        }
        files |= project.catalog_files(root)
        return dict(sorted(files.items()))

    def _wheel(self, root: Path, tier: Tier) -> dict[Path, Path]:
        """The wheel's files, staged in a temporary folder: hatchling takes no file to two places, and
        `src/` goes into the package and into the carrier.
        """
        out = self._scratch()
        names = self._tangle(root, tier, out)
        files = {path.relative_to("src"): root / path for path in project.files_below(root, "src")}
        carried = project.project_files(root, tier)
        files |= {Path(tier.carrier, "project", name): path for name, path in carried.items()}
        for name, path in files.items():
            (out / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, out / name)
        return {name: out / name for name in sorted({*names, *files})}

    def _tangle(self, root: Path, tier: Tier, out: Path) -> list[Path]:
        build = STUDENT if self.config.get("build") == STUDENT else REFERENCE
        sources = find_sources(tier, root / "modules")
        if not sources and build == REFERENCE:
            raise ValueError(f"{tier.distribution}: modules/ holds no module of tier.toml")
        written = tangle_tree(
            tier,
            sources,
            out,
            project.read_catalog(root),
            src=root / "src",
            version=self.metadata.version,
            build=build,
            lent=self.config.get("lent", []),
        )
        carrier = Path(tier.carrier, "__init__.py")
        write_if_changed(out / carrier, project.carrier(tier, "project", build).encode())
        return [*written, carrier]

    def _sync(self, root: Path, tier: Tier) -> None:
        """An editable install reads `.tangled/`, where the carrier points at this very folder."""
        out = root / EDITABLE
        written = self._tangle(root, tier, out)
        write_if_changed(
            out / tier.carrier / "__init__.py", project.carrier(tier, "../..", REFERENCE).encode()
        )
        (out / ".gitignore").write_text("*\n", "utf-8")
        self._remove_stale(out, {out / path for path in written})

    @staticmethod
    def _remove_stale(out: Path, keep: set[Path]) -> None:
        for path in out.rglob("*.py*"):
            if path.suffix in (".py", ".pyi") and path not in keep:
                forget_bytecode(path)
                path.unlink()
