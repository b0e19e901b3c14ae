"""Nothing secret in Git, and nothing whose version nobody knows."""

import pytest

from homeground.problem import Problem
from homeground.seams import notices, secrets
from tests.constructs.seams.case import Case, Neighbour, broken, right
from tests.constructs.seams.edits import also, file, of
from tests.constructs.seams.world import World

SEALED = "clusters/hybrid/secrets/csi-s3-secret.yaml"
KUBESEAL = (
    "kubectl create secret generic csi-s3-secret -n storage --dry-run=client -o yaml"
    " --from-literal=accessKeyID=... --from-literal=secretAccessKey=..."
    " --from-literal=endpoint=... --from-literal=region=..."
    " | kubeseal --cert clusters/hybrid.pem -o yaml > clusters/hybrid/secrets/csi-s3-secret.yaml"
)


def secret(**data: object) -> dict[str, object]:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "keys", "namespace": "storage"}, **data}


def sealed(name: str, *keys: str) -> str:
    lines = [
        "apiVersion: bitnami.com/v1alpha1",
        "kind: SealedSecret",
        f"metadata: {{name: {name}, namespace: storage}}",
        "spec:",
        "  encryptedData:",
        *(f"    {key}: AgBy3i4OJSWK" for key in keys),
    ]
    return "\n".join(lines) + "\n"


COMPLETE = sealed("csi-s3-secret", "accessKeyID", "secretAccessKey", "endpoint", "region")

BROKEN = [
    Case(
        secrets.nothing_is_readable,
        also("storage", secret(data={"accessKeyID": "c2VjcmV0"})),
        Problem("dist/hybrid/storage/Secret.keys.k8s.yaml", 0, "data", "a readable Secret", "a SealedSecret"),
    ),
    Case(
        secrets.nothing_is_readable,
        also("storage", secret(stringData={"accessKeyID": "secret"})),
        Problem("dist/hybrid/storage/Secret.keys.k8s.yaml", 0, "data", "a readable Secret", "a SealedSecret"),
    ),
    Case(
        secrets.sealed_ones_are_wanted,
        file("clusters/hybrid/secrets/csi-s3-secrets.yaml", sealed("csi-s3-secrets", "accessKeyID")),
        Problem(
            "clusters/hybrid/secrets/csi-s3-secrets.yaml",
            3,
            "metadata.name",
            "storage/csi-s3-secrets",
            "a secret that an app of this cluster asks for",
        ),
    ),
    Case(
        secrets.sealed_ones_are_wanted,
        file(SEALED, sealed("csi-s3-secret", "accessKeyID", "secretAccessKey")),
        Problem(SEALED, 5, "spec.encryptedData", "no endpoint, region", f"all keys: {KUBESEAL}"),
    ),
    Case(
        secrets.images_name_a_version,
        of(
            "Deployment",
            "open-match-query",
            "spec.template.spec.containers.0.image",
            "localhost:5000/open-match/query",
        ),
        Problem(
            "dist/hybrid/open-match/Deployment.open-match-query.k8s.yaml",
            0,
            "spec.template.spec.containers[0].image",
            "localhost:5000/open-match/query",
            "a tag other than latest, or a digest",
        ),
    ),
    Case(
        secrets.images_name_a_version,
        of(
            "Fleet",
            "domination",
            "spec.template.spec.template.spec.containers.0.image",
            f"ghcr.io/mizuamedesu/ue-server-env:latest@sha256:{64 * '0'}",
        ),
        Problem(
            "dist/hybrid/games-mizuame/Fleet.domination.k8s.yaml",
            0,
            "spec.template.spec.template.spec.containers[0].image",
            f"ghcr.io/mizuamedesu/ue-server-env:latest@sha256:{64 * '0'}",
            "a tag other than latest, or a digest",
        ),
    ),
]

RIGHT = [
    Neighbour(secrets.nothing_is_readable, also("storage", secret(data={})), "a Secret that others fill"),
    Neighbour(secrets.sealed_ones_are_wanted, file(SEALED, COMPLETE), "all keys"),
    Neighbour(
        secrets.images_name_a_version,
        of(
            "Deployment",
            "open-match-query",
            "spec.template.spec.containers.0.image",
            f"localhost:5000/query@sha256:{64 * '0'}",
        ),
        "a digest alone",
    ),
]


def wanted(app: str, name: str, *keys: str) -> str:
    """The notice of an app's one Secret."""
    literals = " ".join(f"--from-literal={key}=..." for key in keys)
    return (
        f"hybrid: {app} needs a secret that is not sealed yet:\n"
        f"  kubectl create secret generic {name} -n {app} --dry-run=client -o yaml {literals}"
        f" | kubeseal --cert clusters/hybrid.pem -o yaml > clusters/hybrid/secrets/{name}.yaml"
    )


OTHERS = [
    wanted("failover", "failover-token-key", "token-key"),
    wanted("matchmaking", "matchmaking-keys", "first"),
    wanted("matchmaking", "matchmaking-tls", "tls.crt", "tls.key"),
]
"""The notices of other apps."""


def test_a_secret_that_is_not_sealed_yet_is_a_notice_with_its_command(world: World) -> None:
    hybrid, local = world.syntheses()
    assert list(notices(hybrid)) == [f"hybrid: storage needs a secret that is not sealed yet:\n  {KUBESEAL}", *OTHERS]
    assert list(notices(local)) == []


def test_a_sealed_secret_is_no_notice(world: World) -> None:
    world.write(SEALED, COMPLETE)
    assert [notice for synthesis in world.syntheses() for notice in notices(synthesis)] == OTHERS


@broken(BROKEN)
def test_what_is_broken_is_found_by_this_check_alone(case: Case, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    case.prove(world, monkeypatch)


@right(RIGHT)
def test_what_is_just_right_passes(neighbour: Neighbour, world: World) -> None:
    neighbour.prove(world)
