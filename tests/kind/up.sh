#!/usr/bin/env bash
# The desk's cluster on kind: the real Argo CD takes it, with the real charts, from Git.
#   tests/kind/up.sh FOLDER     NODE_IMAGE names kind's node image, by digest
# Needs docker, git, `make .venv/.ready`, and kind and kubectl on PATH. FOLDER gets the facts, what they render, and
# the Git repository, which a git daemon serves from there on.
set -euo pipefail
mkdir -p "$1"
folder=$(realpath "$1")
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
python=.venv/bin/python
dist=$folder/served/dist/local
game_server=us-docker.pkg.dev/agones-images/examples/simple-game-server:0.43

step() { printf '\n== %s\n' "$1" >&2; }
# Argo CD's own name, so that it finds these objects its own.
apply() { kubectl apply --server-side --force-conflicts --field-manager=argocd-controller "$@"; }
address() { kubectl get node "$1" -o jsonpath='{.status.addresses[?(@.type=="InternalIP")].address}'; }

step "Machines"
"$python" -m tests.kind.machine | kind create cluster --name homeground --image "${NODE_IMAGE:?}" --config -
kubectl taint node homeground-control-plane node-role.kubernetes.io/control-plane- # a desk's machine runs games too

step "Matchmaking's image, of the version that dist/ names"
matchmaking=$(sed -n 's/^ *image: //p' dist/local/matchmaking/Deployment.matchmaking.k8s.yaml)
docker build --quiet --file images/matchmaking/Containerfile --tag "$matchmaking" .
kind load docker-image --name homeground "$matchmaking"

step "Facts, dist/ and the repository"
read -r network gateway < <(
  docker network inspect kind --format '{{range .IPAM.Config}}{{.Subnet}} {{.Gateway}}{{"\n"}}{{end}}' | grep '^[0-9.]*/'
)
docker pull --quiet "$game_server"
"$python" -m tests.kind.repository "$folder" \
  --control-plane "$(address homeground-control-plane)" --worker "$(address homeground-worker)" \
  --network "$network" --image "$(docker image inspect --format '{{index .RepoDigests 0}}' "$game_server")" \
  --url "git://${gateway:?}/served"
git daemon --detach --export-all --reuseaddr --listen="$gateway" --base-path="$folder" --pid-file="$folder/git.pid"

step "Calico: without a pod network there is no Argo CD"
apply -f "$dist/network/Namespace.tigera-operator.k8s.yaml"
"$python" -m tests.kind.charts "$dist" network | apply -f -
kubectl wait --for=condition=Established --timeout=1m \
  crd/installations.operator.tigera.io crd/apiservers.operator.tigera.io
apply -f "$dist/network/Installation.default.k8s.yaml" -f "$dist/network/APIServer.default.k8s.yaml"
kubectl wait node --all --for=condition=Ready --timeout=10m

step "Argo CD"
"$python" -m tests.kind.installation "$dist" "$folder/argocd"
apply -f "$dist/argocd/Namespace.argocd.k8s.yaml"
for name in argocd-cm argocd-cmd-params-cm argocd-rbac-cm; do
  apply -f "$dist/argocd/ConfigMap.$name.k8s.yaml"
done
apply --kustomize "$folder/argocd"
for name in deployment/argocd-{redis,repo-server,server} statefulset/argocd-application-controller; do
  kubectl --namespace argocd rollout status --timeout=5m "$name"
done

step "The root Application: from here on Argo CD works by itself"
apply -f "$dist/argocd/AppProject.platform.k8s.yaml" -f "$dist/argocd/Application.root.k8s.yaml"
