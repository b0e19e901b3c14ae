"""Plain cdk8s: `python bench/synth/l1.py N OUT` makes the same objects from cdk8s' typed L1 classes."""

import sys
from pathlib import Path

import homeground  # noqa: F401 - first: it names the Node that cdk8s starts, the same as ours

# isort: split
import cdk8s
from cdk8s_plus_35 import k8s
from constructs import Construct

CHARTS = 10
MANAGED_BY = {"app.kubernetes.io/managed-by": "homeground"}


class Web(Construct):
    """A Deployment and the Service before it."""

    def __init__(self, scope: Construct, app: str, number: int) -> None:
        name = f"web-{number:04d}"
        super().__init__(scope, name)
        selector = {"app.kubernetes.io/name": name, "app.kubernetes.io/part-of": app}
        labels = {**selector, **MANAGED_BY}
        container = k8s.Container(
            name="web",
            image=f"registry.example.org/{app}/web:1.{number % 10}.0",
            ports=[k8s.ContainerPort(name="http", container_port=8000 + number % 1000)],
            env=[
                k8s.EnvVar(name="LOG_LEVEL", value="info"),
                k8s.EnvVar(name="PUBLIC_URL", value=f"https://{name}.{app}.example.org"),
                k8s.EnvVar(name="WORKERS", value=f"{1 + number % 4}"),
            ],
            resources=k8s.ResourceRequirements(
                requests={
                    "cpu": k8s.Quantity.from_string("100m"),
                    "memory": k8s.Quantity.from_string("128Mi"),
                },
                limits={"memory": k8s.Quantity.from_string("256Mi")},
            ),
            readiness_probe=k8s.Probe(
                http_get=k8s.HttpGetAction(path="/healthz", port=k8s.IntOrString.from_string("http")),
                period_seconds=10,
            ),
        )
        k8s.KubeDeployment(
            self,
            "deployment",
            metadata=k8s.ObjectMeta(name=name, namespace=app, labels=labels),
            spec=k8s.DeploymentSpec(
                replicas=1 + number % 3,
                selector=k8s.LabelSelector(match_labels=selector),
                template=k8s.PodTemplateSpec(
                    metadata=k8s.ObjectMeta(labels=labels), spec=k8s.PodSpec(containers=[container])
                ),
            ),
        )
        k8s.KubeService(
            self,
            "service",
            metadata=k8s.ObjectMeta(name=name, namespace=app, labels=labels),
            spec=k8s.ServiceSpec(
                selector=selector,
                ports=[
                    k8s.ServicePort(
                        name="http",
                        port=80,
                        protocol="TCP",
                        target_port=k8s.IntOrString.from_string("http"),
                    )
                ],
            ),
        )


def main(objects: int, out: Path) -> None:
    root = cdk8s.App(outdir=str(out), yaml_output_type=cdk8s.YamlOutputType.FOLDER_PER_CHART_FILE_PER_RESOURCE)
    pairs = objects // 2 // CHARTS
    for number in range(CHARTS):
        app = f"app-{number}"
        chart = cdk8s.Chart(root, app, namespace=app)
        for pair in range(number * pairs, (number + 1) * pairs):
            Web(chart, app, pair)
    root.synth()


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
