"""What our services need of the Kubernetes API: calls, watches, a work queue, an election, Events. No failover in it.

Raw JSON over HTTP instead of a client library: `bench/kubernetes_clients` says why.
"""
