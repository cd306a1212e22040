"""`GET /metrics`."""

from prometheus_client.exposition import choose_encoder
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from diffgem_engine.access.users import METRICS, User
from diffgem_engine.metrics.metrics import Metrics


def metrics_page(request: Request, user: User, metrics: Metrics) -> Response:
    """In the form that the scraper asks for; 403 for a user without the right."""
    if METRICS not in user.rights:
        return PlainTextResponse(
            "this token has no right to the metrics: make one with "
            "`diffgem-engine token add NAME --rights metrics`\n",
            403,
        )
    try:
        encode, kind = choose_encoder(request.headers.get("accept", ""))
    except (TypeError, ValueError):  # a version that is no number
        encode, kind = choose_encoder("")
    return Response(encode(metrics.registry), headers={"content-type": kind})
