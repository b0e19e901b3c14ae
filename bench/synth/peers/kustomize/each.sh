#!/bin/sh
# each.sh KUSTOMIZE FOLDER OUT: a build an app, as Argo CD does it; one build over all takes quadratic time.
set -eu
for app in "$2"/app-*; do
    mkdir "$3/${app##*/}"
    "$1" build "$app" -o "$3/${app##*/}"
done
