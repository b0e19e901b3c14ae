"""Ways to break each rule that holds the failover operator, and whoever has its token, to what failover needs.

`act` is tried with all rights there are, so that the rule alone stands in the way; `control` is the nearest thing that
is allowed, with the rights that dist/ gives. All are dry runs, which pass the whole admission chain.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from homeground import labels
from homeground.failover import BOOTSTRAPPERS
from homeground.failover.access import KUBELET_SIGNER
from tests.cluster.admission.applied import OTHER
from tests.cluster.admission.attempts import MERGE
from tests.cluster.admission.yard import (
    ALLOCATED,
    DEDICATED,
    FALSE,
    FLEET,
    HOME,
    NO_TOKEN,
    OTHER_BOOTSTRAPPERS,
    OTHER_TOKEN,
    OTHERS,
    OUR_TOKEN,
    OURS,
    OVERFLOW,
    OWN_TAINT,
    QUARANTINED,
    READY,
    RESERVED,
    SET,
    SIGNED,
    SPARE,
    TEMPORARY,
    THEIR_TAINT,
    Yard,
    node,
    ready,
    record,
    retaint,
    secret,
    token,
)
from tests.cluster.api import Api, Json, Ref

Act = Callable[[Yard, Api], Any]
DRY_RUN = {"dryRun": "All"}
AGONES = "agones.dev/v1"
NODES, SETS = "failover-changed-nodes", "failover-changed-gameserversets"
ORDERED: Json = {"spec": {"priorities": [{"type": "Counter", "key": "players", "order": "Ascending"}]}}
PACKED: Json = {"spec": {"scheduling": "Packed"}}


@dataclass(frozen=True)
class Breach:
    """The policy's rule that says `message` refuses `act`."""

    name: str
    policy: str
    message: str
    act: Act
    control: Act
    everyone: bool = False
    """Whether it is refused to administrators too, who then try it; `control` is theirs as well."""


def patch(ref: Ref, body: Any, content_type: str = MERGE) -> Act:
    return lambda _, api: api.call("PATCH", api.path(ref), body, content_type, DRY_RUN)


def create(manifest: Json) -> Act:
    return lambda _, api: api.create(manifest, dry_run=True)


def delete(ref: Ref) -> Act:
    return lambda _, api: api.call("DELETE", api.path(ref), query=DRY_RUN)


def metadata(ref: Ref, **fields: Any) -> Act:
    return patch(ref, {"metadata": fields})


def taints(name: str, change: Callable[[list[Json]], list[Json]], status: str = "False") -> Act:
    """With the node's Ready condition as given."""

    def act(yard: Yard, api: Api) -> Json:
        ready(yard, name, status)
        return retaint(yard, api, name, change)

    return act


def with_(taint: Json) -> Callable[[list[Json]], list[Json]]:
    return lambda old: [*old, taint]


def without(key: str) -> Callable[[list[Json]], list[Json]]:
    return lambda old: [each for each in old if each["key"] != key]


HOME_NODE, SPARE_NODE, TEMPORARY_NODE = (Ref("v1", "Node", name) for name in (HOME, SPARE, TEMPORARY))
SERVER, GIT_FLEET = Ref(AGONES, "GameServer", READY, OTHER), Ref(AGONES, "Fleet", FLEET, OTHER)
SERVER_SET, OWN_FLEET = Ref(AGONES, "GameServerSet", SET, OTHER), Ref(AGONES, "Fleet", OVERFLOW, OTHER)
OWNER = {"apiVersion": "v1", "kind": "ConfigMap", "name": "any", "uid": "00000000-0000-0000-0000-000000000001"}
CORDONED = patch(HOME_NODE, {"metadata": {"annotations": {labels.CORDON: "1"}}, "spec": {"unschedulable": True}})
LIFTED = taints(TEMPORARY, without(labels.QUARANTINE))
DECLARED_DEAD = taints(TEMPORARY, with_(OWN_TAINT))
NOTE = {"example.com/note": "harmless"}


def of_everyone(name: str, message: str, act: Act, control: Act) -> Breach:
    return Breach(name, "temporary-nodes", message, act, control, everyone=True)


def relabelled(name: str, **fields: Any) -> Json:
    made = node(name, QUARANTINED)
    return made | {"metadata": {"name": name, **fields}}


UNQUARANTINED = f"a node fo-* registers with the taint {labels.QUARANTINE}:NoSchedule"
LABELLED, MARKED = (
    f"a node fo-* carries the label {labels.TEMPORARY}",
    f"the label {labels.TEMPORARY} is for nodes fo-*",
)
RIGHT = create(node("fo-9876543210-1", QUARANTINED))
TEMPORARY_NODES = [
    of_everyone("a temporary node without its label", LABELLED, create(relabelled("fo-9876543210-1")), RIGHT),
    of_everyone("the label taken off later", LABELLED, metadata(TEMPORARY_NODE, labels={labels.TEMPORARY: None}),
                metadata(TEMPORARY_NODE, annotations=NOTE)),
    of_everyone("the label on another node", MARKED, create(relabelled("home-9", labels={labels.TEMPORARY: HOME})),
                create(relabelled("home-9"))),
    of_everyone("the label put on a home node later", MARKED, metadata(HOME_NODE, labels={labels.TEMPORARY: HOME}),
                metadata(HOME_NODE, labels=NOTE)),
    of_everyone("a temporary node without quarantine", UNQUARANTINED, create(node("fo-9876543210-1")), RIGHT),
    of_everyone("a quarantine that schedules if it must", UNQUARANTINED,
                create(node("fo-9876543210-1", QUARANTINED | {"effect": "PreferNoSchedule"})), RIGHT),
    of_everyone("a kubelet that registers its node without quarantine", UNQUARANTINED,
                lambda yard, _: create(node("fo-9876543210-1"))(yard, yard.kubelet("fo-9876543210-1")),
                lambda yard, _: RIGHT(yard, yard.kubelet("fo-9876543210-1"))),
]  # fmt: skip


def changed(name: str, message: str, act: Act, control: Act = CORDONED) -> Breach:
    return Breach(name, NODES, message, act, control)


NO_LABELS = "the operator does not change the labels of a node"
NO_ANNOTATIONS = f"the operator changes no annotations of a node but {labels.CORDON}"
NO_TAINTS = f"the operator changes no taints but {labels.QUARANTINE} and {labels.OUT_OF_SERVICE}"
OWN_DEATHS = f"the operator's {labels.OUT_OF_SERVICE} is {labels.FAILOVER}:NoExecute"
CORDONS = f"the operator's cordon carries {labels.CORDON}, and it lifts no other"
CHANGED_NODES = [
    changed("a label added to a node", NO_LABELS, metadata(HOME_NODE, labels={labels.ALWAYS_ON: "true"})),
    changed("a label taken off a node", NO_LABELS, metadata(TEMPORARY_NODE, labels={labels.RUNNER: None})),
    changed("a temporary node stands in for another", NO_LABELS,
            metadata(TEMPORARY_NODE, labels={labels.TEMPORARY: "home-2"})),
    changed("a planned failover of its own accord", NO_ANNOTATIONS,
            metadata(HOME_NODE, annotations={"homeground.dev/planned-failover": "true"})),
    changed("a finalizer that keeps a node", "the operator does not change the finalizers of a node",
            metadata(HOME_NODE, finalizers=["homeground.dev/keep"])),
    changed("an owner that takes a node along", "the operator does not change the owners of a node",
            metadata(HOME_NODE, ownerReferences=[OWNER])),
    changed("another machine behind a node", "the operator does not change the providerID of a node",
            patch(TEMPORARY_NODE, {"spec": {"providerID": "gce://p/z/other"}})),
    changed("a taint of its own invention", NO_TAINTS, taints(HOME, with_({"key": "mine", "effect": "NoExecute"})),
            DECLARED_DEAD),
    changed("a person's taint lifted", NO_TAINTS, taints(HOME, without(DEDICATED["key"])),
            taints(HOME, without(labels.OUT_OF_SERVICE))),
    changed("a home node quarantined", f"the operator only lifts {labels.QUARANTINE}", taints(HOME, with_(QUARANTINED)),
            LIFTED),
    changed("a person's quarantine lifted", f"the operator lifts {labels.QUARANTINE} from nodes fo-* only",
            taints(SPARE, without(labels.QUARANTINE)), LIFTED),
    changed("a death in another's name", OWN_DEATHS, taints(TEMPORARY, with_(THEIR_TAINT)), DECLARED_DEAD),
    changed("a death that only keeps pods away", OWN_DEATHS,
            taints(TEMPORARY, with_(OWN_TAINT | {"effect": "NoSchedule"})), DECLARED_DEAD),
    changed("a node that is Ready declared dead", f"{labels.OUT_OF_SERVICE} is for nodes that are not Ready",
            taints(TEMPORARY, with_(OWN_TAINT), "True"), taints(TEMPORARY, with_(OWN_TAINT), "Unknown")),
    changed("a person's word that a node is dead taken back",
            f"the operator lifts no {labels.OUT_OF_SERVICE} but its own",
            taints(SPARE, without(labels.OUT_OF_SERVICE)), taints(HOME, without(labels.OUT_OF_SERVICE))),
    changed("a cordon that is nobody's", CORDONS, patch(HOME_NODE, {"spec": {"unschedulable": True}})),
    changed("a person's cordon lifted", CORDONS, patch(SPARE_NODE, {"spec": {"unschedulable": None}}),
            metadata(SPARE_NODE, annotations={labels.CORDON: "2"})),
]  # fmt: skip
DELETED_NODES = [
    Breach("a home node deleted", "failover-deleted-nodes", "the operator deletes nodes fo-* only", delete(HOME_NODE),
           delete(TEMPORARY_NODE)),
]  # fmt: skip

PLAYED_ON = "the operator deletes no GameServer that is Allocated or Reserved"
DELETED_SERVERS = [
    Breach(f"a server that is {name} deleted", "failover-deleted-gameservers", PLAYED_ON,
           delete(Ref(AGONES, "GameServer", name, OTHER)), delete(SERVER))
    for name in (ALLOCATED, RESERVED)
]  # fmt: skip


def stays(ref: Ref, what: str, act: Act, control: Act) -> Breach:
    policy = f"failover-changed-{ref.kind.lower()}s"
    return Breach(f"{what} of a {ref.kind} changed", policy,
                  f"the operator does not change the {what} of a {ref.kind}", act, control)  # fmt: skip


def kept(ref: Ref, field: str, key: str, control: Act) -> list[Breach]:
    """A map in which one key alone may change."""
    policy, message = (
        f"failover-changed-{ref.kind.lower()}s",
        f"the operator changes no {field} of a {ref.kind} but {key}",
    )
    present = {"labels": labels.GAME if ref is SERVER else "own", "annotations": "note"}[field]
    entries: dict[str, Json] = {"added to": {"example.com/more": "1"}, "changed in": {present: "other"},
                                "taken from": {present: None}}  # fmt: skip
    return [
        Breach(f"an entry {how} the {field} of a {ref.kind}", policy, message, metadata(ref, **{field: entry}), control)
        for how, entry in entries.items()
    ]


SUSPECTED = metadata(SERVER, labels={labels.SUSPECT: "true"})
SMALLER = {"metadata": {"annotations": {labels.NUDGE: "0123456789ab.0"}}, "spec": {"replicas": 2}}
NUDGED = patch(SERVER_SET, SMALLER)
RESIZED, BUT_FOR_SIZE = (
    "the operator makes a GameServerSet one smaller, and no more",
    "the operator does not change the spec of a GameServerSet but for its size",
)
CHANGED_SERVERS = [
    stays(SERVER, "spec", patch(SERVER, {"spec": {"container": "other"}}), SUSPECTED),
    stays(SERVER, "status", patch(SERVER, {"status": {"state": "Shutdown"}}), SUSPECTED),
    stays(SERVER, "annotations", metadata(SERVER, annotations=NOTE), SUSPECTED),
    stays(SERVER, "finalizers", metadata(SERVER, finalizers=["homeground.dev/keep"]), SUSPECTED),
    stays(SERVER, "owners", metadata(SERVER, ownerReferences=[OWNER]), SUSPECTED),
    *kept(SERVER, "labels", labels.SUSPECT, SUSPECTED),
    *(
        Breach(f"a GameServerSet made {size}", SETS, RESIZED, patch(SERVER_SET, {"spec": {"replicas": size}}), NUDGED)
        for size in (0, 1, 4)
    ),
    Breach("a GameServerSet with an order", SETS, BUT_FOR_SIZE, patch(SERVER_SET, ORDERED), NUDGED),
    Breach("a GameServerSet scheduled otherwise", SETS, BUT_FOR_SIZE, patch(SERVER_SET, PACKED), NUDGED),
    stays(SERVER_SET, "labels", metadata(SERVER_SET, labels=NOTE), NUDGED),
    stays(SERVER_SET, "finalizers", metadata(SERVER_SET, finalizers=["homeground.dev/keep"]), NUDGED),
    stays(SERVER_SET, "owners", metadata(SERVER_SET, ownerReferences=[OWNER]), NUDGED),
    *kept(SERVER_SET, "annotations", labels.NUDGE, NUDGED),
]


def fleet(name: str, **marks: str) -> Act:
    def act(yard: Yard, api: Api) -> Json:
        made = yard.cluster.own("Fleet", name, OTHER)
        made["metadata"]["labels"] |= marks
        return api.create(made, dry_run=True)

    return act


def replaced(ref: Ref, **changes: Any) -> Act:
    """PUT of a Fleet with other labels, or another size."""

    def act(yard: Yard, api: Api) -> Json:
        found = yard.admin.get(ref)
        found["metadata"]["labels"] = found["metadata"]["labels"] | changes.get("labels", {})
        found["metadata"]["labels"] = {key: value for key, value in found["metadata"]["labels"].items() if value}
        found["spec"]["replicas"] = changes.get("replicas", 0)
        return api.replace(found, dry_run=True)

    return act


OUR_FLEETS = f"the operator's Fleets carry the label {labels.OVERFLOW}"
OTHERS_FLEETS = f"the operator leaves Fleets without the label {labels.OVERFLOW} alone"
FLEETS = [
    Breach("a Fleet that stands in for none", "failover-fleets", OUR_FLEETS, fleet("new"),
           fleet("new", **{labels.OVERFLOW: FLEET})),
    Breach("its own Fleet passed off as Git's", "failover-fleets", OUR_FLEETS,
           replaced(OWN_FLEET, labels={labels.OVERFLOW: ""}), replaced(OWN_FLEET, replicas=2)),
    Breach("Git's Fleet resized", "failover-fleets", OTHERS_FLEETS,
           replaced(GIT_FLEET, labels={labels.OVERFLOW: "other"}), replaced(OWN_FLEET)),
    Breach("Git's Fleet deleted", "failover-fleets", OTHERS_FLEETS, delete(GIT_FLEET), delete(OWN_FLEET)),
]  # fmt: skip


def approve(name: str) -> Act:
    ref = Ref("certificates.k8s.io/v1", "CertificateSigningRequest", name)

    def act(yard: Yard, api: Api) -> Json:
        found = yard.admin.get(ref)
        found["status"] = {"conditions": [{"type": "Approved", "status": "True", "reason": "Test", "message": ""}]}
        return api.replace(found, "approval", dry_run=True)

    return act


OUR_REQUESTS = f"the operator approves what a token of {BOOTSTRAPPERS} asked for"
REQUESTS = [
    Breach("a certificate for an administrator", "failover-signing-requests",
           f"the operator approves for {KUBELET_SIGNER} only", approve(SIGNED), approve(OURS)),
    Breach("a request by another group's token", "failover-signing-requests", OUR_REQUESTS, approve(OTHERS),
           approve(OURS)),
    Breach("a request by somebody in the group without a token", "failover-signing-requests", OUR_REQUESTS,
           approve(FALSE), approve(OURS)),
]  # fmt: skip


def of_tokens(name: str, message: str, act: Act, control: Act | None = None) -> Breach:
    return Breach(name, "failover-tokens", message, act, control or create(token("0urs01", BOOTSTRAPPERS)))


def deleted(name: str) -> Act:
    return delete(Ref("v1", "Secret", name, "kube-system"))


TOKENS = "the operator's Secrets are bootstrap tokens"
OUR_TOKENS = f"the operator's tokens are of {BOOTSTRAPPERS} alone"
SECRETS = [
    of_tokens("a Secret of its own", TOKENS, create(secret("mine", "Opaque", token="a"))),
    of_tokens("a token under another name", TOKENS,
              create(token("0urs01", BOOTSTRAPPERS) | {"metadata": {"name": "mine", "namespace": "kube-system"}})),
    of_tokens("somebody's Secret deleted", TOKENS, deleted(NO_TOKEN), deleted(f"bootstrap-token-{OUR_TOKEN}")),
    of_tokens("a token whose requests are approved unseen", OUR_TOKENS,
              create(token("0urs01", f"{BOOTSTRAPPERS},system:bootstrappers:kubeadm:default-node-token"))),
    of_tokens("a token of another group", OUR_TOKENS, create(token("0urs01", OTHER_BOOTSTRAPPERS))),
    of_tokens("another group's token deleted", OUR_TOKENS, deleted(f"bootstrap-token-{OTHER_TOKEN}"),
              deleted(f"bootstrap-token-{OUR_TOKEN}")),
    of_tokens("a token without an end", "a token has an end",
              create(token("0urs01", BOOTSTRAPPERS, expiration=None))),
]  # fmt: skip

CONFIRMED = "homeground.dev/confirmed-dead"
PEOPLES = "the operator does not change the annotations of a NodeFailover: they are people's"
RECORD = Ref("homeground.dev/v1", "NodeFailover", SPARE)
RECORDS = [
    Breach("a death confirmed by itself", "failover-nodefailovers", PEOPLES,
           metadata(RECORD, annotations={CONFIRMED: "1"}), metadata(RECORD, finalizers=["homeground.dev/failover"])),
    Breach("a record that is made with its confirmation", "failover-nodefailovers", PEOPLES,
           create(record(HOME, **{CONFIRMED: "1"})), create(record(HOME))),
]  # fmt: skip

BREACHES = [
    *TEMPORARY_NODES,
    *CHANGED_NODES,
    *DELETED_NODES,
    *DELETED_SERVERS,
    *CHANGED_SERVERS,
    *FLEETS,
    *REQUESTS,
    *SECRETS,
    *RECORDS,
]
