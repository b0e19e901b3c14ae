"""Fields that are not as their schema says: what the program prints, and that dist/ stays as it was."""

from pathlib import Path

import pytest

from tests.breaking import CLUSTER, DESK, GAME, OTHER, Case, assert_refused, broken
from tests.program import copy_facts

pytestmark = pytest.mark.slow  # a process a case

CASES = [
    Case(
        "a misspelt field", GAME, "  replicas: 3", "  replica: 3",
        "fleet.replica: found an unknown field, expected one of autoscale, replicas, site (did you mean replicas?)",
    ),
    Case(
        "a field in snake case", CLUSTER, "    publicEndpoint: 34.146.14.104", "    public_endpoint: 34.146.14.104",
        "nodes[0].public_endpoint: found an unknown field, expected one of address, alwaysOn, cpu, disk, hardware, "
        "memory, name, publicEndpoint, redfish, roles, site (did you mean publicEndpoint?)",
    ),
    Case(
        "a field like no other", OTHER, "  players: 8", "  players: 8\n  colour: red",
        "server.colour: found an unknown field, expected one of cpu, env, health, image, longestSessionMinutes, "
        "memory, players, ports, shutdownSeconds, writable",
        at="colour",
    ),
    Case(
        "a word for a number", GAME, "players: 16", "players: many",
        'server.players: found "many", text, expected a whole number (Seats of one match)',
    ),
    Case(
        "a number in quotes", GAME, "replicas: 3", 'replicas: "3"',
        'fleet.replicas: found "3", text, expected a whole number (A fixed number of servers)',
    ),
    Case(
        "a number with a fraction", GAME, "replicas: 3", "replicas: 3.0",
        "fleet.replicas: found 3.0, a number, expected a whole number (A fixed number of servers)",
    ),
    Case(
        "a negative number", GAME, "replicas: 3", "replicas: -1",
        "fleet.replicas: found -1, expected at least 0 (A fixed number of servers)",
    ),
    Case(
        "a number that is too large", GAME, "containerPort: 7777", "containerPort: 77777",
        "server.ports[0].containerPort: found 77777, expected at most 65535 (Where the server listens, inside)",
    ),
    Case(
        "a number beyond every number", GAME, "window: 150", "window: 1e999",
        "modes[0].skill.window: found Infinity, expected at most 1000000 (Largest difference at first)",
    ),
    Case(
        "a mapping that is text", GAME, "fleet:\n  replicas: 3", "fleet: three",
        'fleet: found "three", text, expected a mapping (How many servers. Exactly one of `replicas` and `autoscale`)',
    ),
    Case(
        "a list that is text", GAME, "writable: [/home/ue/.config, /home/ue/Saved]", "writable: /home/ue/Saved",
        'server.writable: found "/home/ue/Saved", text, expected a list '
        "(Folders the server writes to besides /tmp; the rest is read-only)",
    ),
    Case(
        "a list with nothing in it", CLUSTER, "[asia-northeast1-b, asia-northeast1-a, asia-northeast1-c]", "[]",
        "temporaryNodes.zones: found [], expected at least 1 item(s) (Tried in this order on a stockout)",
    ),
    Case(
        "a link with one end", CLUSTER, "between: [home, cloud]", "between: [home]",
        'links[0].between: found ["home"], expected at least 2 item(s) (The two sites)',
    ),
    Case(
        "a field with nothing behind it", GAME, "clusters: [hybrid]", "clusters:",
        "clusters: found nothing, expected a list (Only on these clusters. Without it: on every cluster)",
    ),
    Case(
        "a missing field", GAME, "  memory: 2Gi\n", "",
        'server.memory: found nothing, expected text such as "2Gi" or "512Mi" '
        "(A memory or disk quantity in binary units)",
        at="server:\n",
    ),
    Case(
        "a missing field of a list's item", CLUSTER, "    site: cloud\n    roles: [control-plane]\n",
        "    roles: [control-plane]\n",
        'nodes[0].site: found nothing, expected text such as "home" (Name of a site in this file)',
        at="name: k8s-master-1",
    ),
    Case(
        "a missing section", OTHER, "fleet:\n  autoscale: {buffer: 2, min: 2, max: 8}\n", "",
        "fleet: found nothing, expected a mapping (How many servers. Exactly one of `replicas` and `autoscale`)",
        at="name: skirmish",
    ),
    Case(
        "a misspelt choice", GAME, "backend: csi-s3", "backend: csi-s4",
        'files.backend: found "csi-s4", expected one of csi-s3, image, mountpoint-s3 (did you mean csi-s3?)',
    ),
    Case(
        "a misspelt choice in a list", CLUSTER, "roles: [edge]", "roles: [edges]",
        'nodes[2].roles[0]: found "edges", expected one of control-plane, edge, runner (did you mean edge?)',
    ),
    Case(
        "the only choice misspelt", CLUSTER, "provider: gce", "provider: gcp",
        'temporaryNodes.provider: found "gcp", expected gce (did you mean gce?)',
    ),
    Case(
        "memory in units that Kubernetes lacks", GAME, "memory: 2Gi", "memory: 2GB",
        'server.memory: found "2GB", expected text such as "2Gi" or "512Mi" '
        "(A memory or disk quantity in binary units)",
    ),
    Case(
        "a fraction of a core", GAME, "cpu: 2", "cpu: 1.5",
        'server.cpu: found 1.5, a number, expected a whole number or text such as 2 or "500m" '
        "(CPU: whole cores, or thousandths with an m)",
    ),
    Case(
        "no core at all", GAME, "cpu: 2", "cpu: 0",
        "server.cpu: found 0, expected more than 0 (CPU: whole cores, or thousandths with an m)",
    ),
    Case(
        "an image without its registry", GAME, "ghcr.io/mizuamedesu/ue-server-env:1.2.0", "ue-server-env",
        'server.image: found "ue-server-env", expected text such as "ghcr.io/example/server:1.4.0" '
        "(Full image reference with a tag or, better, a digest; never `latest`)",
    ),
    Case(
        "a name with spaces", GAME, "tenant: mizuame", "tenant: Mizuame Games",
        'tenant: found "Mizuame Games", expected text such as "mizuame" '
        "(Who owns it: a DNS label of at most 40 characters; one namespace a tenant)",
    ),
    Case(
        "a name with a line break", GAME, "tenant: mizuame", 'tenant: "mizuame\\n"',
        'tenant: found "mizuame\\n", expected text such as "mizuame" '
        "(Who owns it: a DNS label of at most 40 characters; one namespace a tenant)",
    ),
    Case(
        "a variable that is no text", GAME, "SERVER_SCRIPT: DOMINATIONServer.sh", "SERVER_SCRIPT: true",
        "server.env.SERVER_SCRIPT: found true, expected text in quotes",
    ),
    Case(
        "a variable that no shell could name", GAME, "SERVER_SCRIPT: DOMINATIONServer.sh", "SERVER-SCRIPT: x",
        'server.env.SERVER-SCRIPT: found the key "SERVER-SCRIPT", expected text such as "SERVER_MAP"',
    ),
    Case(
        "the root folder as writable", GAME, "/home/ue/Saved]", "/]",
        'server.writable[1]: found "/", expected text such as "/home/server/Saved"',
    ),
    Case(
        "a version read as a number", CLUSTER, "kubernetes: 1.35.4", "kubernetes: 1.35",
        'kubernetes: found 1.35, a number, expected text in quotes such as "1.35.4" (Version the nodes run)',
    ),
    Case(
        "yes, which YAML 1.2 reads as text", DESK, "trusted: true", "trusted: yes",
        'trusted: found "yes", text, expected true or false '
        "(True only where every game server's code is trusted, such as a desk)",
    ),
    Case(
        "an address without its prefix length", CLUSTER, "pods: 10.244.0.0/16", "pods: 10.244.0.0",
        'network.pods: found "10.244.0.0", expected text such as "10.244.0.0/16" (A network in CIDR notation)',
    ),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_message_names_the_line_what_was_found_and_what_would_be_right(tmp_path: Path, case: Case) -> None:
    folder = copy_facts(tmp_path)
    assert_refused(folder, broken(folder, case))
