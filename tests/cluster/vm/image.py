"""The disk, kernel and initramfs that every booting node shares: built once, cached, never written to again."""

import fcntl
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import file_digest, sha256
from pathlib import Path

from homeground.validation.upstream import cache_folder
from tests.cluster.vm import initramfs, root_file_system

DISK_SIZE = "3G"  # sparse: some 500 MB of it are real
COMMANDS = ("qemu-system-x86_64", "debootstrap", "cpio", "mke2fs", "setpriv", "unshare", "chroot")
PROGRAMS = "programs"
UNFINISHED = ".new-"


@dataclass(frozen=True)
class Image:
    """A built image's files."""

    folder: Path

    @property
    def kernel(self) -> Path:
        return self.folder / "vmlinuz"

    @property
    def initramfs(self) -> Path:
        return self.folder / "initramfs.img"

    @property
    def disk(self) -> Path:
        return self.folder / "disk.img"

    @property
    def programs(self) -> Path:
        """A tree with busybox, perl and the libraries they need: what containers on the node are made of."""
        return self.folder / PROGRAMS


def missing() -> str:
    """Why no node can boot here; empty when one can."""
    absent = [
        command for command in COMMANDS if not shutil.which(command, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    ]
    if absent:
        return f"not installed: {', '.join(absent)}"
    if os.geteuid():
        return "debootstrap needs root"
    if not root_file_system.KEYRING.exists():
        return f"no {root_file_system.KEYRING} (debian-archive-keyring)"
    if not root_file_system.mirror() and platform.freedesktop_os_release()["ID"] != "debian":
        return "debootstrap's own mirror is not Debian's here: name one in HOMEGROUND_DEBIAN_MIRROR"
    return ""


def node_image(progress: Callable[[str], None] | None = None) -> Image:
    """The image for what this checkout pins, from the cache or built now (about a minute and a half)."""
    home = cache_folder() / "vm"
    home.mkdir(parents=True, exist_ok=True)
    image = Image(home / _key())
    with _locked(home / "lock"):  # a second builder waits, then finds it done
        if not image.folder.exists():
            for left in home.glob(f"{UNFINISHED}*"):
                shutil.rmtree(left)
            _build(image.folder, progress or Progress("node image"))
    return image


class Progress:
    """A line on standard error for each step, with the seconds since the first."""

    def __init__(self, subject: str) -> None:
        self._subject, self._start = subject, time.monotonic()

    def __call__(self, step: str) -> None:
        sys.stderr.write(f"{self._subject}: {time.monotonic() - self._start:4.0f} s  {step}\n")
        sys.stderr.flush()


def _key() -> str:
    """Of all that decides the image: the code that builds it and the binaries that go in."""
    digest = sha256()
    for module in (root_file_system.__file__, initramfs.__file__, __file__):
        digest.update(Path(module or "").read_bytes())
    for path in root_file_system.binaries():
        with path.open("rb") as binary:
            digest.update(file_digest(binary, "sha256").digest())
    return digest.hexdigest()[:16]


def _build(target: Path, progress: Callable[[str], None]) -> None:
    staging = Path(tempfile.mkdtemp(dir=target.parent, prefix=UNFINISHED))
    try:
        root = staging / "root"
        root_file_system.build(root, progress)
        progress("initramfs, kernel and disk")
        new = Image(staging / "image")
        new.folder.mkdir()
        initramfs.build(root, new.initramfs)
        (kernel,) = (root / "boot").glob("vmlinuz-*")
        shutil.copy(kernel, new.kernel)
        _copy_programs(root, new.programs)
        make_disk = [
            "mke2fs",
            "-q",
            "-t",
            "ext4",
            "-d",
            str(root),
            "-E",
            "lazy_itable_init=1",
            str(new.disk),
            DISK_SIZE,
        ]
        subprocess.run(make_disk, stdout=subprocess.DEVNULL, check=True)
        new.folder.rename(target)
        progress(f"built {target}")
    finally:
        shutil.rmtree(staging)


def _copy_programs(root: Path, programs: Path) -> None:
    """busybox (static), and perl with its loader and libraries: a UDP server in one line, with nothing to compile."""
    found = subprocess.run(["chroot", root, "ldd", "/usr/bin/perl"], capture_output=True, text=True, check=True).stdout
    libraries = [word for line in found.splitlines() for word in line.split() if word.startswith("/")]
    for name in ("/usr/bin/busybox", "/usr/bin/perl", *libraries):
        target = programs / name.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / name.lstrip("/"), target)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
