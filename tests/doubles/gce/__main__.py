"""The double of Compute Engine as a process: `python -m tests.doubles.gce --port 8900`. Faults by `/_double/`."""

import argparse
import asyncio
import logging

from tests.doubles.gce.cloud import Landscape
from tests.doubles.gce.double import GceDouble


def parse() -> argparse.Namespace:
    known = Landscape()
    parser = argparse.ArgumentParser(prog="python -m tests.doubles.gce", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: any, and it is printed")
    parser.add_argument("--project", default=known.project)
    parser.add_argument("--zones", nargs="+", default=known.zones)
    parser.add_argument("--families", nargs="+", default=known.families, help="images, as project/family")
    parser.add_argument("--boot-seconds", type=float, default=20)
    parser.add_argument("--stop-seconds", type=float, default=5)
    parser.add_argument("--list-lag-seconds", type=float, default=0)
    return parser.parse_args()


async def serve(given: argparse.Namespace) -> None:
    landscape = Landscape(
        project=given.project,
        zones=tuple(given.zones),
        families=tuple(given.families),
        boot_seconds=given.boot_seconds,
        stop_seconds=given.stop_seconds,
        list_lag_seconds=given.list_lag_seconds,
    )
    async with GceDouble(landscape, port=given.port) as double:
        logging.info("serving %s", double.api)
        await asyncio.Event().wait()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    asyncio.run(serve(parse()))
