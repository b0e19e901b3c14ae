"""The failover operator's app: what it is made of, and that the operator reads what is rendered for it."""

import tomllib
from pathlib import Path
from typing import Any

import yaml

from failover import crd, settings, token
from failover.__main__ import parser
from failover.decision.observed import PROTECTED
from failover.signing_request import SIGNER
from homeground import capacity
from homeground.facts import load
from homeground.failover import BOOTSTRAPPERS, deployment
from homeground.failover.access import EVERYWHERE, KUBELET_SIGNER, WITHIN
from homeground.failover.server_guards import PLAYED_ON
from homeground.image import names_a_version
from homeground.platform import Platform
from homeground.versions import PINS
from homeground.workload import all_of
from kubeclient import resources

ROOT = Path(__file__).parents[2]
WAVE = "argocd.argoproj.io/sync-wave"


def of_kind(cluster: Any, kind: str) -> list[Any]:
    return [manifest for manifest in cluster.apps["failover"] if manifest["kind"] == kind]


def wave(manifest: Any) -> int:
    return int(manifest["metadata"].get("annotations", {}).get(WAVE, "0"))


def test_the_operator_reads_its_settings(hybrid: Any, tmp_path: Path) -> None:
    (config_map,) = of_kind(hybrid, "ConfigMap")
    file = tmp_path / "settings.yaml"
    file.write_text(config_map["data"]["settings.yaml"])
    found = settings.load(file)
    assert found.decision.cluster == "hybrid"
    assert found.decision.longest_session == 180 * 60  # domination's
    assert found.decision.storage_driver == "ru.yandex.s3.csi"
    assert len(found.decision.places) == 3 * 2
    assert set(found.nodes) == {"uc-k8s4p"}


def test_the_operator_understands_how_it_is_started(hybrid: Any) -> None:
    (operator,), (config_map,) = of_kind(hybrid, "Deployment"), of_kind(hybrid, "ConfigMap")
    (container,) = operator["spec"]["template"]["spec"]["containers"]
    options = parser().parse_args(container["args"])
    assert (options.command, options.settings.name) == ("run", "settings.yaml")
    assert options.settings.name in config_map["data"]
    assert str(options.settings.parent) in {mount["mountPath"] for mount in container["volumeMounts"]}


def test_the_crd_is_the_one_that_the_service_writes(hybrid: Any) -> None:
    (rendered,) = of_kind(hybrid, "CustomResourceDefinition")
    written = yaml.safe_load(crd.FILE.read_text())
    assert rendered["spec"] == written["spec"]
    assert rendered["metadata"]["name"] == written["metadata"]["name"]


def test_records_go_only_with_their_crd_about_which_argo_cd_asks(hybrid: Any) -> None:
    assert not [o for objects in hybrid.apps.values() for o in objects if o["kind"] == "NodeFailover"]
    (rendered,) = of_kind(hybrid, "CustomResourceDefinition")
    assert rendered["metadata"]["annotations"]["argocd.argoproj.io/sync-options"] == "Prune=confirm,Delete=confirm"


def test_crd_and_guards_are_there_before_the_operator(hybrid: Any) -> None:
    (definition,), (operator,) = of_kind(hybrid, "CustomResourceDefinition"), of_kind(hybrid, "Deployment")
    guards = of_kind(hybrid, "ValidatingAdmissionPolicy") + of_kind(hybrid, "ValidatingAdmissionPolicyBinding")
    assert len(guards) == 2 * 10
    assert wave(definition) < wave(operator)
    assert {wave(guard) for guard in guards} == {-1}
    assert wave(operator) == 0


def test_a_desk_has_no_operator(local: Any) -> None:
    assert "failover" not in local.apps


def test_a_desk_would_have_room_for_it() -> None:
    """Were it to be rendered there: all that survives fits, the operator included."""
    facts = load(ROOT)
    (desk,) = (Platform.of(facts, each) for each in facts.clusters if each.value.name == "local")
    survivors = all_of([deployment.WORKLOAD.times(desk.replicas)])
    rooms = capacity.rooms(desk, survivors)
    assert capacity.place_survivors(desk, rooms, survivors) == []


def test_the_image_is_of_the_service_s_version(hybrid: Any) -> None:
    project = tomllib.loads((ROOT / "services" / "failover" / "pyproject.toml").read_text())["project"]
    assert PINS["failover"].partition("@")[0] == project["version"]
    (operator,) = of_kind(hybrid, "Deployment")
    (container,) = operator["spec"]["template"]["spec"]["containers"]
    assert container["image"] == f"ghcr.io/homeground-dev/failover:{PINS['failover']}"
    assert names_a_version(container["image"])


def test_operator_and_manifests_speak_of_the_same_group_signer_and_states() -> None:
    assert (token.GROUP, SIGNER, set(PROTECTED)) == (BOOTSTRAPPERS, KUBELET_SIGNER, set(PLAYED_ON))


def test_every_kind_that_the_operator_reads_or_writes_is_granted() -> None:
    kinds = [each for each in vars(resources).values() if isinstance(each, resources.Resource)]
    granted = {
        (rule["apiGroups"][0], resource)
        for rules in (EVERYWHERE, *WITHIN.values())
        for rule in rules
        for resource in rule["resources"]
    }
    assert len(kinds) >= 10
    assert {(kind.group, kind.plural) for kind in kinds} <= granted


def test_the_committed_manifests_are_of_one_wave_a_kind(hybrid: Any) -> None:
    """A Role after its binding, say, would leave the operator without a right for a moment."""
    waves: dict[str, set[int]] = {}
    for manifest in hybrid.apps["failover"]:
        waves.setdefault(manifest["kind"], set()).add(wave(manifest))
    assert {kind: found for kind, found in waves.items() if len(found) > 1} == {}


def test_settings_are_text_that_a_pull_request_shows_line_by_line(hybrid: Any) -> None:
    (config_map,) = of_kind(hybrid, "ConfigMap")
    assert yaml.safe_load(config_map["data"]["settings.yaml"])["decision"]["maxMachines"] == 3
    text = (hybrid.folder / "failover" / "ConfigMap.failover.k8s.yaml").read_text()
    assert "  settings.yaml: |\n    decision:\n" in text
