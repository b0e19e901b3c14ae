"""The first user space of a node: set up disk and network, lay this boot's files over the disk, start systemd."""

import lzma
import shutil
import subprocess
from pathlib import Path

MODULES = ("virtio_blk", "virtio_net")  # Debian's cloud kernel has PCI, the console and ext4 built in
INIT = """#!/bin/busybox sh
export PATH=/bin
busybox mount -t proc proc /proc
busybox mount -t devtmpfs dev /dev
for module in {modules}; do busybox insmod /modules/$module; done
busybox mount -t ext4 -o rw,noatime /dev/vda /root || busybox sh
# The second disk is a plain tar archive: this boot's node configuration, bootstrap kubeconfig and images.
busybox tar -xf /dev/vdb -C /root
# The machine's end of qemu's user-mode network.
busybox ifconfig lo 127.0.0.1
busybox ifconfig eth0 10.0.2.15 netmask 255.255.255.0
busybox route add default gw 10.0.2.2
busybox umount /proc
exec busybox switch_root /root /sbin/init
"""


def build(root: Path, target: Path) -> None:
    """Write the initramfs for the one kernel in the file tree `root`. Needs cpio."""
    staging = target.with_name("initramfs")
    for folder in ("bin", "proc", "dev", "root", "modules"):
        (staging / folder).mkdir(parents=True)
    shutil.copy(root / "usr/bin/busybox", staging / "bin/busybox")
    modules = _with_dependencies(root)
    for module in modules:
        name = module.name.removesuffix(".xz")
        (staging / "modules" / name).write_bytes(lzma.decompress(module.read_bytes()))
    init = staging / "init"
    init.write_text(INIT.format(modules=" ".join(module.name.removesuffix(".xz") for module in modules)))
    init.chmod(0o755)
    names = "\n".join(str(path.relative_to(staging)) for path in sorted(staging.rglob("*")))
    command = ["cpio", "--create", "--format=newc", "--quiet"]
    with target.open("wb") as archive:
        subprocess.run(command, input=names.encode(), stdout=archive, cwd=staging, check=True)
    shutil.rmtree(staging)


def _with_dependencies(root: Path) -> list[Path]:
    """Files of MODULES, each after those that modules.dep says it needs."""
    (folder,) = (root / "usr/lib/modules").iterdir()
    needs = dict(line.split(":", 1) for line in (folder / "modules.dep").read_text().splitlines())
    files: list[Path] = []
    for name in MODULES:
        path = next(path for path in needs if Path(path).name.partition(".")[0] == name)
        files += [folder / each for each in [*reversed(needs[path].split()), path] if folder / each not in files]
    return files
