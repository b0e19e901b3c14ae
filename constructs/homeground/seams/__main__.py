"""`python -m homeground.seams`: every check and its rule."""

import inspect

from homeground.seams import CLUSTER, GAME, MANIFESTS, references

if __name__ == "__main__":
    stages = [("facts", (*GAME, references.clusters_exist)), ("facts", sum(CLUSTER, ())), ("manifests", MANIFESTS)]
    for what, checks in stages:
        for check in checks:
            rule = (inspect.getdoc(check) or "").partition("\n\n")[0].replace("\n", " ")
            noun = check.__module__.rpartition(".")[2]
            print(f"{what:10} {f'{noun}.{check.__name__}':48} {rule}")  # noqa: T201
