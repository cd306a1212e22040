"""The names of all series, by Prometheus' conventions; `docs/operations.md` explains each."""

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
)

# s: from a draft that was enough to a long hole on a busy CPU
BUCKETS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
STAGES = ("queue", "prefill", "denoise", "score")
QUEUES = ("interactive", "background")


class Families:
    """Of one engine: nothing is shared by way of the library's own registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        disable_created_metrics()  # twice the series, for nothing

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"diffgem_{name}", text, labels, registry=registry)

        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(f"diffgem_{name}", text, labels, registry=registry)

        def seconds(name: str, text: str, *labels: str) -> Histogram:
            return Histogram(
                f"diffgem_{name}_seconds", text, labels, registry=registry, buckets=BUCKETS
            )

        self.requests = counter("requests", "Requests that ended", "kind", "outcome", "route")
        self.duration = seconds("request_duration", "From a request to its answer", "kind")
        self.stages = seconds("stage_duration", "What requests that worked took", "stage")
        self.in_flight = gauge("requests_in_flight", "Requests that are not answered yet")
        self.waiting = gauge("queue_length", "Requests that wait for their turn", "queue")
        self.waited = seconds("queue_wait", "What requests waited for their turn", "queue")
        self.steps = counter("denoising_steps", "Forward passes over canvases or tokens", "path")
        self.written = counter("written_tokens", "Tokens that these passes filled in", "path")
        self.prompt = counter("prompt_tokens", "Prompt tokens of requests that worked")
        self.prefilled = counter("prefilled_tokens", "Those that were not in the prefix cache")
        self.routes = counter("routes", "Choices of a path by the router", "path", "reason")
        self.fallbacks = counter("fallbacks", "Requests that left their path", "path", "reason")
        self.invalid = counter(
            "validation_failures", "Results that did not pass their validation", "path", "reason"
        )
        self.upstream_up = gauge("upstream_up", "1 while requests go to it", "upstream")
        self.upstream_errors = counter(
            "upstream_errors", "Answers of upstreams that nobody could use", "upstream", "why"
        )
        self.upstream_retries = counter(
            "upstream_retries", "Requests that an upstream did not take, asked again", "upstream"
        )
        self.connections = gauge("connections", "Clients that are connected")
        self.users = gauge("users", "Different users among them")
        self._begin()

    def _begin(self) -> None:
        """What is sure to come is there from the start: a rate needs a zero before its one."""
        for kind in ("infill", "review", "count"):
            self.requests.labels(kind, "ok", "")
            self.duration.labels(kind)
        for stage in STAGES:
            self.stages.labels(stage)
        for queue in QUEUES:
            self.waiting.labels(queue)
            self.waited.labels(queue)
        for path in ("diffusion", "autoregressive"):
            self.steps.labels(path)
            self.written.labels(path)
