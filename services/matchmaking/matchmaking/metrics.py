"""What is counted: Prometheus metrics in base units. A mode may be a label; a player, ticket or match never."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

WAIT_SECONDS = (0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600)
CALL_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60)


class Metrics:
    """All of them, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self.tickets = Counter("matchmaking_tickets", "Tickets that were made", ["mode"], registry=registry)
        self.waited = Histogram(
            "matchmaking_wait_seconds",
            "From a ticket's making to its server's address, by ticket",
            ["mode"],
            buckets=WAIT_SECONDS,
            registry=registry,
        )
        self.matches = Counter(
            "matchmaking_matches", "Matches by how far they came", ["mode", "phase", "reason"], registry=registry
        )
        self.joins = Counter(
            "matchmaking_joins",
            "Parties shown in to running matches, or refused after they had seats",
            ["mode", "result"],
            registry=registry,
        )
        self.allocations = Histogram(
            "matchmaking_allocation_duration_seconds",
            "Allocations of a server",
            ["mode", "result"],
            buckets=CALL_SECONDS,
            registry=registry,
        )
        self.waiting = Gauge("matchmaking_tickets_waiting", "Tickets that wait now", ["mode"], registry=registry)
        self.longest = Gauge(
            "matchmaking_longest_wait_seconds", "Of the tickets that wait now", ["mode"], registry=registry
        )
        self.playing = Gauge("matchmaking_matches_running", "Servers with a match now", ["mode"], registry=registry)
        self.requests = Histogram(
            "matchmaking_http_request_duration_seconds",
            "Requests of players, those that wait for a match included",
            ["method", "route", "code"],
            buckets=CALL_SECONDS,
            registry=registry,
        )
        self.unusable_keys = Gauge(
            "matchmaking_signing_keys_unusable", "1 while the folder of keys is not as it should be", registry=registry
        )
        self.provider_silence = Gauge(
            "matchmaking_identity_provider_silence_seconds",
            "Since an OpenID Connect provider last told its keys",
            ["issuer"],
            registry=registry,
        )
        self.heard = Gauge(
            "matchmaking_watch_silence_seconds",
            "Since the API server last spoke of what the labeller watches",
            registry=registry,
        )
        self.api = Histogram(
            "matchmaking_kubernetes_api_request_duration_seconds",
            "Calls of the Kubernetes API",
            ["verb", "resource", "code"],
            buckets=CALL_SECONDS,
            registry=registry,
        )
