"""Secrets: sealed ones are rendered, missing ones are named with the command that makes them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from homeground.facts import load
from homeground.manifest import ManifestChart
from homeground.platform import Platform
from homeground.secret import SealedSecret, SecretRef
from homeground.source import Source

Find = Callable[..., dict[str, Any]]
MakePlatform = Callable[..., Platform]
KEYS = SecretRef("s3-keys", "storage", ("accessKeyID", "secretAccessKey"))
SEALED = {
    "apiVersion": "bitnami.com/v1alpha1",
    "kind": "SealedSecret",
    "metadata": {"name": "s3-keys", "namespace": "storage", "creationTimestamp": None},
    "spec": {"encryptedData": {"accessKeyID": "AgBy3i4OJSWK"}, "template": {"metadata": {"name": "s3-keys"}}},
}


def test_a_sealed_secret_is_rendered_without_what_kubeseal_leaves_in_its_metadata(
    chart: ManifestChart, find: Find, make_platform: MakePlatform
) -> None:
    sealed = {("storage", "s3-keys"): Source("clusters/test/secrets/s3-keys.yaml", SEALED, {})}
    SealedSecret(chart, "keys", ref=KEYS, platform=make_platform(sealed=sealed))
    assert find("SealedSecret") == {
        "apiVersion": "bitnami.com/v1alpha1",
        "kind": "SealedSecret",
        "metadata": {"name": "s3-keys", "namespace": "storage"},
        "spec": SEALED["spec"],
    }


def test_a_secret_that_nobody_sealed_yet_renders_nothing(chart: ManifestChart, make_platform: MakePlatform) -> None:
    SealedSecret(chart, "keys", ref=KEYS, platform=make_platform())
    assert chart.to_json() == []


def test_a_secret_sealed_for_another_namespace_is_not_this_one(
    chart: ManifestChart, make_platform: MakePlatform
) -> None:
    sealed = {("storage", "s3-keys"): Source("clusters/test/secrets/s3-keys.yaml", SEALED, {})}
    elsewhere = SecretRef("s3-keys", "web", KEYS.keys)
    SealedSecret(chart, "keys", ref=elsewhere, platform=make_platform(sealed=sealed))
    assert chart.to_json() == []


def test_the_command_seals_every_key_with_the_clusters_certificate() -> None:
    assert KEYS.kubeseal("hybrid") == (
        "kubectl create secret generic s3-keys -n storage --dry-run=client -o yaml"
        " --from-literal=accessKeyID=... --from-literal=secretAccessKey=..."
        " | kubeseal --cert clusters/hybrid.pem -o yaml > clusters/hybrid/secrets/s3-keys.yaml"
    )


def test_the_file_that_the_command_writes_is_the_one_that_is_read(
    tmp_path: Path, chart: ManifestChart, find: Find
) -> None:
    root = Path(__file__).parents[2]
    folder = tmp_path / "clusters"
    (folder / "local" / "secrets").mkdir(parents=True)
    (tmp_path / "games").mkdir()
    (folder / "local.yaml").write_text((root / "clusters" / "local.yaml").read_text())
    path = KEYS.kubeseal("local").rpartition("> ")[2]
    (tmp_path / path).write_text(
        "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\n"
        "metadata: {name: s3-keys, namespace: storage}\nspec: {encryptedData: {accessKeyID: AgBy}}\n"
    )
    facts = load(tmp_path)
    SealedSecret(chart, "keys", ref=KEYS, platform=Platform.of(facts, facts.clusters[0]))
    assert find("SealedSecret")["spec"] == {"encryptedData": {"accessKeyID": "AgBy"}}
