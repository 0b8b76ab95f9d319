"""save-metric: compares what was predicted with what a room was booked for."""

import os
import sys

sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))  # src, for what the nodes share

from room_price.public_input_pb2 import SaveMetricRequest, SaveMetricResponse

BAND = 50  # the width of a price band: what is counted as a hit on the metrics page


async def handler(ctx, data):
    metric = SaveMetricRequest()
    if not data.Unpack(metric):
        raise ValueError("expected a SaveMetricRequest, got %s" % data.TypeName())
    for name in ("predicted_price", "actual_price"):
        if not 0 < getattr(metric, name) < float("inf"):
            return SaveMetricResponse(saved=False, message="%s must be a number above 0" % name)
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
