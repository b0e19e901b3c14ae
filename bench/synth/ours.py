"""Ours: `python bench/synth/ours.py N OUT` takes the way main.py takes, for N objects in ten charts."""

import sys
from pathlib import Path

import homeground  # noqa: F401 - first: it names the Node that cdk8s starts

# isort: split
import cdk8s

from homeground.manifest import Component, Manifest, ManifestChart
from homeground.output import write_app

CHARTS = 10
MANAGED_BY = {"app.kubernetes.io/managed-by": "homeground"}


class Web(Component):
    """A Deployment and the Service before it."""

    def __init__(self, scope: ManifestChart, app: str, number: int) -> None:
        name = f"web-{number:04d}"
        super().__init__(scope, name)
        selector = {"app.kubernetes.io/name": name, "app.kubernetes.io/part-of": app}
        labels = {**selector, **MANAGED_BY}
        container = {
            "name": "web",
            "image": f"registry.example.org/{app}/web:1.{number % 10}.0",
            "ports": [{"name": "http", "containerPort": 8000 + number % 1000}],
            "env": [
                {"name": "LOG_LEVEL", "value": "info"},
                {"name": "PUBLIC_URL", "value": f"https://{name}.{app}.example.org"},
                {"name": "WORKERS", "value": f"{1 + number % 4}"},
            ],
            "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}},
            "readinessProbe": {"httpGet": {"path": "/healthz", "port": "http"}, "periodSeconds": 10},
        }
        deployment = {
            "replicas": 1 + number % 3,
            "selector": {"matchLabels": selector},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        }
        service = {
            "selector": selector,
            "ports": [{"name": "http", "port": 80, "protocol": "TCP", "targetPort": "http"}],
        }
        self.emit(Manifest("apps/v1", "Deployment", name, {"spec": deployment}, app, labels))
        self.emit(Manifest("v1", "Service", name, {"spec": service}, app, labels))


def main(objects: int, out: Path) -> None:
    root = cdk8s.App()
    pairs = objects // 2 // CHARTS
    charts = [ManifestChart(root, f"app-{number}", namespace=f"app-{number}") for number in range(CHARTS)]
    for number, chart in enumerate(charts):
        app = f"app-{number}"
        for pair in range(number * pairs, (number + 1) * pairs):
            Web(chart, app, pair)
        write_app(out / app, app, chart.to_json())


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
