"""What a bench keeps of its apps: the folder, the line in apps.txt, the environment, the assets."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from vuurtoren.site.words.words import Words

CARRIER = "carrier.txt"
"""The file by which the app that carries the monitor is known."""
INSTALL_SECONDS = 600


class BenchFailed(Exception):
    """Something in the bench did not go as it should; what, and what to do."""


@dataclass(frozen=True)
class Bench:
    """One bench, and the app that is laid into it."""

    path: Path
    app: str

    @property
    def python(self) -> Path:
        return self.path / "env/bin/python"

    @property
    def laid(self) -> Path:
        return self.path / "apps" / self.app

    @property
    def staging(self) -> Path:
        """Begins with a dot, so that no bench takes it for an app."""
        return self.path / "apps" / f".{self.app}.coming"

    @property
    def leaving(self) -> Path:
        return self.path / "apps" / f".{self.app}.leaving"

    @property
    def apps_txt(self) -> Path:
        return self.path / "sites/apps.txt"

    @property
    def assets(self) -> Path:
        return self.path / "sites/assets" / self.app

    @property
    def public(self) -> Path:
        return self.laid / self.app / "public"

    def complaint(self) -> Words | None:
        """Why this folder is no bench; None when it is one."""
        for needed in (self.python, self.path / "apps", self.path / "sites"):
            if not needed.exists():
                return Words("{0} is no bench: it has no {1}.", self.path, needed.relative_to(self.path))
        return None

    def is_listed(self) -> bool:
        return self.app in self.lines()

    def lines(self) -> list[str]:
        return self.apps_txt.read_text("utf-8").split() if self.apps_txt.exists() else []

    def list_app(self) -> None:
        """A line of its own; a last line without an end gets one. Written aside and renamed: never half."""
        text = self.apps_txt.read_text("utf-8") if self.apps_txt.exists() else ""
        if text and not text.endswith("\n"):
            text += "\n"
        aside = self.apps_txt.with_name(f".apps.txt.{self.app}")
        aside.write_text(f"{text}{self.app}\n", "utf-8")
        if self.apps_txt.exists():
            shutil.copystat(self.apps_txt, aside)
        aside.replace(self.apps_txt)

    def are_assets_linked(self) -> bool:
        copied = self.assets.is_dir() and not self.assets.is_symlink()
        return copied or (self.assets.exists() and self.assets.resolve() == self.public.resolve())

    def link_assets(self) -> None:
        """A link as bench makes it; a copy that `bench build --hard-link` made is left to the next build."""
        self.assets.parent.mkdir(exist_ok=True)
        if self.assets.is_symlink():
            self.assets.unlink()
        if not self.assets.exists():
            self.assets.symlink_to(os.path.relpath(self.public, self.assets.parent))

    def is_installed(self) -> bool:
        """Whether the bench's Python finds the app and its product in the laid tree."""
        return self._finds(self.app, "vuurtoren")

    def _finds(self, *packages: str) -> bool:
        program = "".join(f"import {name}; print({name}.__file__)\n" for name in packages)
        asked = self._run([str(self.python), "-c", program], cwd=self.path / "sites")
        files = [Path(line).resolve() for line in asked.stdout.split()]
        return asked.returncode == 0 and all(self.laid.resolve() in file.parents for file in files)

    def said_by_python(self, program: str) -> str:
        """What the bench's Python prints, started as a process of the bench is."""
        asked = self._run([str(self.python), "-c", program], cwd=self.path / "sites")
        if asked.returncode:
            raise BenchFailed(Words("{0} did not answer:\n{1}", self.python, asked.stderr.strip()[-2000:]))
        return asked.stdout.strip()

    def has_ours_as(self, name: str) -> bool:
        """Whether the app of that name in this bench is this very product, and no other app."""
        return (self.path / "apps" / name / name / CARRIER).is_file()

    def install(self, first_name: str) -> None:
        """Into the environment of the bench, without any other package: Frappe brings what the app needs."""
        failed = ""
        for way in self._ways():
            done = self._run(way, cwd=self.path)
            if done.returncode == 0:
                break
            failed = (done.stderr or done.stdout).strip()[-2000:]
        else:
            raise BenchFailed(
                Words("{0} could not be installed into {1}/env:\n{2}", self.app, self.path, failed)
            )
        if not (self.is_installed() or (self.has_ours_as(first_name) and self._finds(self.app))):
            raise BenchFailed(
                Words(
                    "{0}/env does not import {1} and vuurtoren from {2}: another app there brings "
                    "vuurtoren too. Take that one out: `{3} -m pip uninstall NAME`.",
                    self.path,
                    self.app,
                    self.laid,
                    self.python,
                )
            )

    def _ways(self) -> list[list[str]]:
        """With the bench's own pip and setuptools, else as pip likes it, else with uv."""
        pip = [str(self.python), "-m", "pip", "install", "--quiet", "--no-deps"]
        uv = ["uv", "pip", "install", "--quiet", "--no-deps", "--python", str(self.python)]
        editable = ["--editable", str(self.laid)]
        has_pip = self._run([str(self.python), "-m", "pip", "--version"], cwd=self.path).returncode == 0
        ways = [[*pip, "--no-build-isolation", *editable], [*pip, *editable]] if has_pip else []
        return [*ways, [*uv, *editable]] if shutil.which("uv") or not ways else ways

    def _run(self, command: list[str], cwd: Path) -> subprocess.CompletedProcess[str]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        try:
            return subprocess.run(
                command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=INSTALL_SECONDS
            )
        except FileNotFoundError as missing:
            return subprocess.CompletedProcess(command, 127, "", f"{missing.filename} is not installed")
        except subprocess.TimeoutExpired:
            return subprocess.CompletedProcess(command, 124, "", f"no end after {INSTALL_SECONDS} seconds")
