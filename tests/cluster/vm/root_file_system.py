"""The root file system of a node: Debian with systemd and runc, the pinned containerd and kubelet, no cluster yet.

What makes it a node of one cluster (configuration, token, images) comes over it at power-on, see machine.py.
"""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.cluster.tools import tool
from tests.cluster.vm import containerd

SUITE = "trixie"  # Debian 13
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
LOG_LINES = 15
PACKAGES = (
    *("systemd", "systemd-sysv", "udev", "kmod", "mount", "util-linux", "procps", "iproute2", "ca-certificates"),
    *("runc", "containernetworking-plugins", "iptables", "conntrack"),  # what kubelet and containerd call
    "curl",  # what images/node/homeground-join calls
    *("linux-image-cloud-amd64", "busybox-static", "qemu-guest-agent"),  # what booting under qemu needs
)
# Not needed at run time, and half of the tree.
DROPPED = ("usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/info", "var/cache/apt", "var/lib/apt/lists")
# Of no use to a node under qemu, whose devices are known and whose network the initramfs sets up. Together they are
# half the boot of an emulated machine.
MASKED = (
    *("systemd-udevd.service", "systemd-udevd-control.socket", "systemd-udevd-kernel.socket"),
    *("systemd-udev-trigger.service", "systemd-udev-load-credentials.service", "kmod-static-nodes.service"),
    *("systemd-tmpfiles-setup-dev-early.service", "systemd-tmpfiles-setup-dev.service", "systemd-sysusers.service"),
    *("systemd-remount-fs.service", "systemd-update-done.service", "systemd-update-utmp.service"),
    *("systemd-journal-catalog-update.service", "systemd-journal-flush.service", "systemd-random-seed.service"),
    *("systemd-hwdb-update.service", "systemd-pstore.service", "systemd-user-sessions.service", "ldconfig.service"),
    *("systemd-machine-id-commit.service", "systemd-firstboot.service", "systemd-tmpfiles-clean.timer"),
    *("getty.target", "getty@tty1.service", "serial-getty@ttyS0.service", "serial-getty@hvc0.service"),
    *("getty-static.service", "qemu-guest-agent.service", "run-lock.mount", "tmp.mount", "dev-hugepages.mount"),
    *("dev-mqueue.mount", "sys-kernel-debug.mount", "sys-kernel-tracing.mount", "sys-kernel-config.mount"),
    *("sys-fs-fuse-connections.mount", "apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer"),
    *("e2scrub_all.timer", "e2scrub_reap.service", "fstrim.timer"),
)
ENABLED = ("containerd.service", "kubelet.service", "preloaded-images.service", "guest-agent.service")

FILES = {
    "etc/fstab": "/dev/vda / ext4 rw,noatime 0 0\n",
    "etc/resolv.conf": "nameserver 10.0.2.3\n",
    "etc/hosts": "127.0.0.1 localhost\n",
    # The console is a file on the host, so every log of the node is at hand after its death.
    "etc/systemd/journald.conf.d/console.conf": (
        "[Journal]\nStorage=volatile\nForwardToConsole=yes\nTTYPath=/dev/hvc0\nMaxLevelConsole=info\n"
    ),
    # Without udev there is no /dev/virtio-ports, which the package's own unit waits for.
    "etc/systemd/system/guest-agent.service": (
        "[Unit]\nDescription=qemu's guest agent\n\n"
        "[Service]\nExecStart=/usr/sbin/qemu-ga --method=virtio-serial --path=/dev/vport1p1\n"
        "StandardOutput=null\nStandardError=null\n"
    ),
    "etc/systemd/system/preloaded-images.service": (
        "[Unit]\nDescription=Images in place of a registry\nAfter=containerd.service\nRequires=containerd.service\n\n"
        "[Service]\nType=oneshot\nExecStart=/usr/local/bin/ctr --namespace k8s.io images import "
        "/var/lib/homeground/images.tar\n"
    ),
}


def mirror() -> list[str]:
    """The mirror of Debian's packages that HOMEGROUND_DEBIAN_MIRROR names; without it, debootstrap has its own."""
    named = os.environ.get("HOMEGROUND_DEBIAN_MIRROR")
    return [named] if named else []


def binaries() -> list[Path]:
    """Our own, built if need be: they go to /usr/local/bin."""
    return [tool("kubelet"), *containerd.executables()]


def build(root: Path, progress: Callable[[str], None]) -> None:
    """Make the tree at `root`, which must not exist. Needs root and the network.

    Raises RuntimeError when debootstrap fails, with the end of what it said.
    """
    progress(f"debootstrap of Debian {SUITE}")
    _debootstrap(root)
    progress("our binaries and settings")
    for binary in binaries():
        shutil.copy(binary, root / "usr/local/bin" / binary.name)
    for name, text in FILES.items():
        _write(root / name, text)
    system = root / "etc/systemd/system"
    for unit in MASKED:
        _link(system / unit, "/dev/null")
    for unit in ENABLED:
        _link(system / "multi-user.target.wants" / unit, f"/etc/systemd/system/{unit}")
    for name in DROPPED:
        shutil.rmtree(root / name, ignore_errors=True)
    for initrd in (root / "boot").glob("initrd.img-*"):
        initrd.unlink()


def _debootstrap(root: Path) -> None:
    """In namespaces of its own: whatever ends it, no process and no mounted /proc is left in the tree."""
    command = [
        *("setpriv", "--pdeathsig", "KILL", "--"),
        *("unshare", "--mount", "--pid", "--fork", "--kill-child", "--"),
        *("debootstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}", f"--keyring={KEYRING}"),
        *(SUITE, str(root), *mirror()),
    ]
    # INITRD=No: we bring our own initramfs (initramfs.py), Debian's would take half a minute to make.
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "INITRD": "No", "LC_ALL": "C"}
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment,
        check=False,
    )
    if done.returncode:
        said = done.stdout.decode(errors="replace").splitlines()
        raise RuntimeError("debootstrap failed:\n" + "\n".join(said[-LOG_LINES:]))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.write_text(text)


def _link(path: Path, target: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.symlink_to(target)
