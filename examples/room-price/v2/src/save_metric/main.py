"""save-metric: compares what this version quoted with what a room was booked for.

Only quotes that carry our signature count, so that nobody can spoil the metrics with made-up predictions.
"""

import os
import sys

sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))  # src, for what the nodes share

from room_price.public_input_pb2 import SaveMetricRequest, SaveMetricResponse
from room_price.quote import Signer

BAND = 50  # the width of a price band: what is counted as a hit on the metrics page


def init(ctx):
    ctx.set("signer", Signer.configured())


async def handler(ctx, data):
    metric = SaveMetricRequest()
    if not data.Unpack(metric):
        raise ValueError("expected a SaveMetricRequest, got %s" % data.TypeName())
    for name in ("predicted_price", "actual_price"):
        if not 0 < getattr(metric, name) < float("inf"):
            return SaveMetricResponse(saved=False, message="%s must be a number above 0" % name)
    cents = int(metric.predicted_price * 100 + 0.5)
    signer = ctx.get("signer")
    if not signer.accepts(metric.signature, metric.listing_id, cents, metric.currency, metric.valid_until):
        ctx.measurement.save("refused_metric", {"count": 1}, {"reason": "signature"})
        return SaveMetricResponse(saved=False, message="the signature does not belong to this quote")
    error = metric.predicted_price - metric.actual_price
    ctx.measurement.save(
        "price_error",
        {"error": error, "percent": 100.0 * error / metric.actual_price},
        {"currency": metric.currency},
    )
    await ctx.prediction.save(predicted_value=band(metric.predicted_price), true_value=band(metric.actual_price))
    return SaveMetricResponse(saved=True)


def band(price):
    low = int(price // BAND) * BAND
    return "%d-%d" % (low, low + BAND - 1)
