"""Container images made on the spot, so that a node needs no registry: one layer, a few entry points.

The archive has the layout of `docker save` (manifest.json, a config for each image, the layer), which `ctr images
import` takes.
"""

import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from homeground import sdk_sidecar
from tests.cluster.vm.image import Image
from tests.cluster.vm.node_configuration import PAUSE_IMAGE

GAME_SERVER = "homeground.test/game-server:1"
GAME_PORT = 7777
# Answers every packet with the pod's name before it, and ends when it is told to.
ECHO = (
    f'$SIG{{TERM}}=sub{{exit 0}}; socket(S,2,2,17) or die $!; bind(S,pack("S n x12",2,{GAME_PORT})) or die $!;'
    f'chomp(my $name=`/usr/bin/busybox hostname`); print "listening\\n";'
    f'while(1){{my $peer=recv(S,my $said,1500,0); send(S,"$name $said",0,$peer) if $peer}}'
)
# What kubelet asks an SDK sidecar, for itself (healthz) and for the game beside it (gshealthz).
HEALTH_PORT = 8080
HEALTHY = {"www/healthz": b"ok", "www/gshealthz": b"ok"}
# The first process of a container gets no default signal handling, so the shell ends it on TERM.
HEALTH_SERVER = f"trap 'exit 0' TERM; /usr/bin/busybox httpd -f -p {HEALTH_PORT} -h /www & wait"

ENTRYPOINTS: Mapping[str, Sequence[str]] = {
    PAUSE_IMAGE: ["/usr/bin/busybox", "sleep", "2147483647"],
    GAME_SERVER: ["/usr/bin/perl", "-e", ECHO],
    sdk_sidecar.IMAGE: ["/usr/bin/busybox", "sh", "-c", HEALTH_SERVER],
}


def archive(image: Image) -> bytes:
    """The sandbox, the game server, and a stand-in for the SDK sidecar: the SDK's calls are made by tests' doubles."""
    programs = {str(p.relative_to(image.programs)): p.read_bytes() for p in _files(image.programs)}
    layer = _tar(programs | HEALTHY, mode=0o755)
    files, manifest = {"layer.tar": layer}, []
    for name, entrypoint in ENTRYPOINTS.items():
        config = json.dumps(_config(entrypoint, sha256(layer).hexdigest())).encode()
        file = f"{sha256(config).hexdigest()}.json"
        files[file] = config
        manifest.append({"Config": file, "RepoTags": [name], "Layers": ["layer.tar"]})
    return _tar({"manifest.json": json.dumps(manifest).encode(), **files}, mode=0o644)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _config(entrypoint: Sequence[str], layer: str) -> dict[str, Any]:
    return {
        "architecture": "amd64",
        "os": "linux",
        "config": {"Entrypoint": list(entrypoint), "Env": ["PATH=/usr/bin:/bin"]},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{layer}"]},
    }


def _tar(files: Mapping[str, bytes], mode: int) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), mode
            tar.addfile(entry, io.BytesIO(content))
    return out.getvalue()
