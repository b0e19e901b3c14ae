"""Who is compared, and how each is run."""

import asyncio
import json
import os
import re
import subprocess
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from typing import Any

HERE, ROOT = Path(__file__).parent, Path(__file__).parents[2]
ENVIRONMENT = Path(os.environ.get("BENCH_ENVIRONMENT", ROOT / ".cache" / "homeground" / "bench" / "kubernetes_clients"))
SECONDS = 120


@dataclass(frozen=True)
class Contestant:
    module: str
    name: str

    @asynccontextmanager
    async def running(self, *arguments: str) -> AsyncIterator[Process]:
        """Its process, ended with the block."""
        process = await asyncio.create_subprocess_exec(
            ENVIRONMENT / "bin" / "python", "driver.py", self.module, *arguments,
            cwd=HERE, stdout=PIPE, stderr=PIPE, limit=2**24,
            env={**os.environ, "PYTHONPATH": str(ROOT / "services" / "failover")},
        )  # fmt: skip
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()

    async def said(self, *arguments: str) -> dict[str, Any]:
        """What it prints last. Raises RuntimeError with its complaint when that is nothing."""
        async with self.running(*arguments) as process:
            output, errors = await asyncio.wait_for(process.communicate(), SECONDS)
        if not output:
            raise RuntimeError(f"{self.name}: {errors.decode()[-2000:]}")
        return dict(json.loads(output.splitlines()[-1]))


def contestants() -> list[Contestant]:
    """Ours first."""
    return [
        Contestant("ours", "**ours** (aiohttp, msgspec)"),
        Contestant("raw_httpx", f"httpx {version('httpx')}, json"),
        Contestant("generated", f"kubernetes_asyncio {version('kubernetes-asyncio')}"),
        Contestant("light", f"lightkube {version('lightkube')}"),
        Contestant("kr8s_client", f"kr8s {version('kr8s')}"),
    ]


def install() -> None:
    """The peers, in the versions of peers/uv.lock, into an environment of their own."""
    uv = os.environ.get("UV") or which("uv") or str(ROOT / ".cache" / "uv" / "bin" / "uv")
    subprocess.run(
        [
            uv,
            "sync",
            "--quiet",
            "--frozen",
            "--compile-bytecode",
            "--python",
            sys.executable,
            "--project",
            HERE / "peers",
        ],
        env={**os.environ, "UV_PROJECT_ENVIRONMENT": str(ENVIRONMENT)},
        check=True,
    )


def version(package: str) -> str:
    """The pin of a peer."""
    found = re.search(rf'"{package}==([^"]+)"', (HERE / "peers" / "pyproject.toml").read_text())
    if not found:
        raise LookupError(f"{package} is not pinned")
    return found[1]
