"""A Git repository of facts and manifests for Argo CD, served from a folder (file://).

The manifests are what `make synth` writes, but for two things that no process here can have: Helm charts and the
cluster's own address of the repository. An Application's chart sources are left out, the address is this folder's.
"""

import shutil
import subprocess
from pathlib import Path

import yaml

from tests.cluster.api import Json
from tests.cluster.crds import LOADER
from tests.program import ROOT, run

BRANCH = "main"
IDENTITY = ("-c", "user.name=Homeground", "-c", "user.email=tests@homeground.dev")


class Repository:
    """`source` is a working copy as a person has it (clusters/, games/, dist/); `url` is what Argo CD clones."""

    def __init__(self, folder: Path, cluster: str, facts: Path = ROOT) -> None:
        self.cluster, self.source, self.served = cluster, folder / "source", folder / "served"
        for part in ("clusters", "games", "dist"):
            if (facts / part).exists():
                shutil.copytree(facts / part, self.source / part)
        if not (self.source / "dist").exists():
            self.synth()
        written = yaml.load((self.source / "clusters" / f"{cluster}.yaml").read_bytes(), LOADER)
        self._own_url: str = written["repository"]["url"]
        self.served.mkdir(parents=True)
        self.url = f"file://{self.served}"
        self._git("init", "--quiet", f"--initial-branch={BRANCH}")
        self.commit("As synthesized")

    def synth(self) -> None:
        """`make synth` in the working copy. Raises AssertionError with its output if it refuses."""
        done = run(self.source)
        assert done.returncode == 0, done.stderr

    def commit(self, message: str) -> str:
        """Commit the working copy's dist/ for Argo CD to find; the commit's hash."""
        shutil.rmtree(self.served / "dist", ignore_errors=True)
        for path in sorted((self.source / "dist" / self.cluster).rglob("*.yaml")):
            target = self.served / path.relative_to(self.source)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(self.as_served(path))
        self._git("add", "--all")
        self._git(*IDENTITY, "commit", "--quiet", "--allow-empty", f"--message={message}")
        return self._git("rev-parse", "HEAD").strip()

    def revert(self) -> str:
        """`git revert` of the last commit; the new commit's hash. The working copy stays as it is."""
        self._git(*IDENTITY, "revert", "--no-edit", "HEAD")
        return self._git("rev-parse", "HEAD").strip()

    def as_served(self, path: Path) -> str:
        """One manifest as Argo CD gets it here."""
        if not path.name.startswith(("Application.", "AppProject.")):
            return path.read_text()
        manifest = yaml.load(path.read_bytes(), LOADER)
        spec = manifest["spec"]
        if manifest["kind"] == "Application":
            spec["sources"] = [source for source in spec["sources"] if source["repoURL"] == self._own_url]
        return yaml.safe_dump(_replaced(manifest, self._own_url, self.url), sort_keys=False)

    def _git(self, *arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=self.served, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"git {arguments[0]}: {done.stderr}"
        return done.stdout


def _replaced(manifest: Json, old: str, new: str) -> Json:
    """The manifest with every string that equals `old` become `new`."""
    if isinstance(manifest, dict):
        return {key: _replaced(value, old, new) for key, value in manifest.items()}
    if isinstance(manifest, list):
        return [_replaced(item, old, new) for item in manifest]
    return new if manifest == old else manifest
