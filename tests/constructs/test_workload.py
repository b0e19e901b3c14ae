"""Workloads: one record of what a component asks for, for its manifest and for the fit check."""

from homeground.workload import ALWAYS_ON_SELECTOR, CONTROL_PLANE_TOLERATIONS, KUBERNETES, Workload, all_of


def test_resources_have_a_memory_limit_and_no_cpu_limit() -> None:
    assert Workload("web", cpu=1500, memory=2048, limit=3072).resources() == {
        "requests": {"cpu": "1500m", "memory": "2Gi"},
        "limits": {"memory": "3Gi"},
    }


def test_a_memory_limit_that_nobody_set_is_twice_the_request() -> None:
    assert Workload("web", cpu=20, memory=64).resources()["limits"] == {"memory": "128Mi"}


def test_replicas_are_one_unless_said_otherwise() -> None:
    one = Workload("web", cpu=20, memory=64)
    assert (one.replicas, one.times(2).replicas) == (1, 2)
    assert one.times(2) == Workload("web", cpu=20, memory=64, replicas=2)


def test_always_on_nodes_are_selected_and_their_taint_is_tolerated() -> None:
    assert ALWAYS_ON_SELECTOR == {"homeground.dev/always-on": "true"}
    toleration = {"key": "node-role.kubernetes.io/control-plane", "operator": "Exists", "effect": "NoSchedule"}
    assert [toleration] == CONTROL_PLANE_TOLERATIONS


def test_kubeadms_own_pods_count_too() -> None:
    web = Workload("web", cpu=20, memory=64)
    assert all_of([web]) == [*KUBERNETES, web]
    assert {"kube-apiserver", "etcd", "coredns", "kube-proxy"} < {workload.name for workload in KUBERNETES}
