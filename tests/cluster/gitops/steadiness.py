"""Staying Synced: once all is as Git has it, Argo CD compares again and again, and changes nothing."""

from tests.cluster.api import Json
from tests.cluster.argocd import state
from tests.cluster.gitops.workbench import Workbench, operation
from tests.cluster.wait import NotYetError

COMPARED_SECONDS = 60
VOLATILE = ("resourceVersion", "managedFields", "generation")


def reconcile(bench: Workbench, times: int, *names: str) -> None:
    """Have these Applications (all, if none is named) compared that often.

    Raises AssertionError when one of them says anything but Synced and Healthy, or begins a sync.
    """
    before = _chosen(bench, names)
    for round_ in range(1, times + 1):
        since = {name: app["status"]["reconciledAt"] for name, app in _chosen(bench, names).items()}

        def compared(since: dict[str, str] = since) -> bool:
            apps = _chosen(bench, names)
            for name, app in apps.items():
                assert state(app) == "Synced Healthy", f"{name} is {state(app)}: {app['status'].get('conditions')}"
                assert last_sync(app) == last_sync(before[name]), f"{name} synced again: {operation(app)}"
            late = [name for name, app in apps.items() if app["status"]["reconciledAt"] <= since[name]]
            if late:
                raise NotYetError(late)
            return True

        bench.argocd.refresh(*names)
        bench.wait(f"reconciliation {round_} of {len(before)} Applications", compared, COMPARED_SECONDS)


def contents(bench: Workbench) -> dict[str, Json]:
    """Every live object of dist/ without what changes by itself: status, versions, who wrote it."""
    found = {}
    for manifest in bench.manifests():
        live = bench.api.get(manifest)
        live.pop("status", None)
        live["metadata"] = {key: value for key, value in live["metadata"].items() if key not in VOLATILE}
        live["metadata"].get("annotations", {}).pop("argocd.argoproj.io/refresh", None)
        found[bench.api.path(manifest)] = live
    return found


def generations(bench: Workbench) -> dict[str, int]:
    """metadata.generation of every live object of dist/: it counts the writes that changed anything.

    Not of Applications, whose status counts too since their CRD has no status subresource.
    """
    live = [bench.api.get(manifest) for manifest in bench.manifests() if manifest["kind"] != "Application"]
    return {bench.api.path(each): each["metadata"]["generation"] for each in live if "generation" in each["metadata"]}


def last_sync(app: Json) -> tuple[object, object]:
    """When the Application's last sync began and ended; another sync has another time."""
    return operation(app).get("startedAt"), operation(app).get("finishedAt")


def _chosen(bench: Workbench, names: tuple[str, ...]) -> dict[str, Json]:
    return {name: app for name, app in bench.argocd.applications().items() if not names or name in names}
