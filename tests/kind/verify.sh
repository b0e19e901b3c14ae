#!/usr/bin/env bash
# What must hold on the cluster that up.sh made: all is synced as it stands in Git, and a match can be played.
# Needs kubectl and argocd on PATH, and curl.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
export ARGOCD_OPTS=--core # with the kubeconfig's rights and no login
kubectl config set-context --current --namespace=argocd

step() { printf '\n== %s\n' "$1" >&2; }

step "Synced and Healthy"
argocd app wait root --timeout 600
mapfile -t apps < <(kubectl get applications -o jsonpath='{range .items[*]}{.metadata.name}{"\n"}{end}')
argocd app wait "${apps[@]}" --timeout 1500

step "No difference between Git and the cluster"
for app in "${apps[@]}"; do
  echo "$app"
  argocd app diff "$app" --refresh # exit code 1: a difference, which it prints
done

step "Settings"
settings=$(argocd admin settings validate --load-cluster-settings) # exits with 0 even so
echo "$settings"
[[ $settings != *❌* ]]

step "Game servers"
kubectl --namespace games-lantern wait fleet/skirmish --for=jsonpath='{.status.readyReplicas}'=2 --timeout=10m

step "A match: allocated by Agones' API, reached over UDP"
read -r state host port < <(
  kubectl create -o jsonpath='{.status.state} {.status.address} {.status.ports[0].port}{"\n"}' -f - <<'YAML'
apiVersion: allocation.agones.dev/v1
kind: GameServerAllocation
metadata: {namespace: games-lantern}
spec: {selectors: [{matchLabels: {agones.dev/fleet: skirmish}}]}
YAML
)
echo "$state $host:$port"
[[ $state == Allocated ]]
.venv/bin/python -m tests.kind.player "$host" "$port"

step "An address from MetalLB, reached from outside the cluster"
kubectl expose deployment argocd-server --name=from-outside --type=LoadBalancer --port=443 --target-port=8080
kubectl wait service/from-outside --for=jsonpath='{.status.loadBalancer.ingress[0].ip}' --timeout=2m
host=$(kubectl get service from-outside -o jsonpath='{.status.loadBalancer.ingress[0].ip}')
curl --silent --show-error --fail --insecure --retry 30 --retry-all-errors --retry-delay 2 "https://$host/healthz"
