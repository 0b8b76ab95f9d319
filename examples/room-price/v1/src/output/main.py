"""output: quotes the price in the configured currency."""

import os
import sys

sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))  # src, for what the nodes share

from room_price.currency import Currency
from room_price.internal_nodes_pb2 import Estimate
from room_price.public_input_pb2 import Response


def init(ctx):
    ctx.set("currency", Currency.configured(ctx.path("assets/exchange_rates.json")))


async def handler(ctx, data):
    estimate = Estimate()
    if not data.Unpack(estimate):
        raise ValueError("expected an Estimate, got %s" % data.TypeName())
    currency = ctx.get("currency")
    price = currency.cents(estimate.price_usd) / 100
    ctx.measurement.save("quoted_price", {"price": price}, {"currency": currency.code})
    return Response(listing_id=estimate.listing_id, price=price, currency=currency.code)
