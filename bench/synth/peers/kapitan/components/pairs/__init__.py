"""The same objects in Kapitan's kadet: one target an app, one YAML file an object."""

from typing import Any

from kapitan.inputs.kadet import BaseObj, inventory  # type: ignore[import-not-found]

MANAGED_BY = {"app.kubernetes.io/managed-by": "homeground"}


class Web(BaseObj):  # type: ignore[misc]
    """A Deployment and the Service before it."""

    def new(self) -> None:
        self.need("app")
        self.need("number")

    def body(self) -> None:
        app, number = self.kwargs.app, self.kwargs.number
        name = f"web-{number:04d}"
        selector = {"app.kubernetes.io/name": name, "app.kubernetes.io/part-of": app}
        labels = {**selector, **MANAGED_BY}
        metadata = {"name": name, "namespace": app, "labels": labels}
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
        self.root[f"Deployment.{name}"] = {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": metadata,
            "spec": {
                "replicas": 1 + number % 3,
                "selector": {"matchLabels": selector},
                "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
            },
        }
        self.root[f"Service.{name}"] = {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": metadata,
            "spec": {
                "selector": selector,
                "ports": [{"name": "http", "port": 80, "protocol": "TCP", "targetPort": "http"}],
            },
        }


def main(_input_params: dict[str, Any] | None = None) -> Any:
    parameters = inventory().parameters
    objects = BaseObj()
    for number in range(parameters.first, parameters.first + parameters.pairs):
        objects.root.update(Web(app=parameters.app, number=number).root)
    return objects
