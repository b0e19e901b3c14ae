"""KCL: `python generate.py N OUT`, one YAML stream."""

import sys
from pathlib import Path

from kcl_lib import api  # type: ignore[import-not-found]

program = api.ExecProgramArgs(
    k_filename_list=[str(Path(__file__).with_name("pairs.k"))],
    args=[api.Argument(name="n", value=sys.argv[1])],
)
result = api.API().exec_program(program)
if result.err_message:
    sys.exit(result.err_message)
out = Path(sys.argv[2])
out.mkdir(parents=True, exist_ok=True)
(out / "all.yaml").write_text(result.yaml_result, encoding="utf-8")
