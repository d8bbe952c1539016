"""Puts the milestones and the competition, which stand at the top of the repository, into the wheel and the sdist."""

from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# What is carried of each folder. A submission is no part of the rules.
CARRIED = {
    "milestones": ["[0-9]*_*.py"],
    "capstone": ["README.md", "reference.py", "tracks/*.toml", "baselines/*.safetensors", "entries/*.py"],
}


class CarriedHook(BuildHookInterface):
    def initialize(self, version, build_data):
        # an editable install needs no copy, which would grow stale: the tool finds the repository's folders
        if version != "editable":
            inside = "" if self.target_name == "sdist" else "tinytorch_course/"
            for name, patterns in CARRIED.items():
                folder, found = self.carried(name, patterns)
                for path in found:
                    place = path.relative_to(folder).as_posix()
                    build_data["force_include"][str(path)] = f"{inside}{name}/{place}"

    def carried(self, name, patterns):
        """A folder of the sdist or of the repository, and the files in it that go along."""
        root = Path(self.root)
        for folder in (root / name, root.parent.parent / name):
            found = sorted(path for pattern in patterns for path in folder.glob(pattern))
            if found:
                return folder, found
        where = "is neither here nor at the top of the repository"
        self.app.display_warning(f"no {name}: {name}/ {where}")
        return root, []
