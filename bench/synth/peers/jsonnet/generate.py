"""rjsonnet (jrsonnet from Rust): `python generate.py N OUT`, one YAML stream."""

import json
import sys
from pathlib import Path

import rjsonnet  # type: ignore[import-not-found]

program = Path(__file__).with_name("stream.jsonnet")
stream = json.loads(rjsonnet.evaluate_file(str(program), tla_codes={"objects": sys.argv[1]}))
out = Path(sys.argv[2])
out.mkdir(parents=True, exist_ok=True)
(out / "all.yaml").write_text(stream, encoding="utf-8")
