"""The SDK sidecar that Agones puts beside every game server, as its controller writes it (pkg/gameservers 1.59)."""

from homeground import quantity
from homeground.versions import PINS

NAME = "agones-gameserver-sidecar"
IMAGE = f"us-docker.pkg.dev/agones-images/release/agones-sdk:{PINS['agones']}"
SERVICE_ACCOUNT = "agones-sdk"
CPU_REQUEST, CPU_LIMIT = 30, 100
MEMORY = 64
"""CPU in thousandths, memory in MiB. Kata sizes the VM by limits, and one container without a memory limit makes
a VM of 32 MiB, so the sidecar always has one (Agones' default is none)."""

CHART_VALUES = {
    "cpuRequest": quantity.cpu(CPU_REQUEST),
    "cpuLimit": quantity.cpu(CPU_LIMIT),
    "memoryRequest": quantity.memory(MEMORY),
    "memoryLimit": quantity.memory(MEMORY),
}
