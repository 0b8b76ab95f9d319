"""model: estimates the price in USD, and between what and what it will probably be."""

import os
import sys

sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))  # src, for what the nodes share

from room_price.estimator import Estimator
from room_price.features import BOROUGHS, NAMES
from room_price.internal_nodes_pb2 import Estimate, Features


def init(ctx):
    estimator = Estimator.read(ctx.path("models/room_price.json"))
    if tuple(estimator.features) != NAMES:
        raise ValueError("models/room_price.json was trained on other features than this version computes")
    ctx.set("estimator", estimator)


async def handler(ctx, data):
    message = Features()
    if not data.Unpack(message):
        raise ValueError("expected Features, got %s" % data.TypeName())
    estimator = ctx.get("estimator")
    price = estimator.price(message.values)
    low, high = estimator.interval(price)
    ctx.logger.info("listing '%s' estimated at %.2f USD" % (message.listing_id, price))
    borough = BOROUGHS[int(message.values[NAMES.index("borough")])]
    return Estimate(listing_id=message.listing_id, borough=borough, price_usd=price, low_usd=low, high_usd=high)
