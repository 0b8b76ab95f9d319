"""output: applies the price rules, quotes in the configured currency and signs the quote."""

import os
import sys
import time

sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))  # src, for what the nodes share

from room_price.currency import Currency
from room_price.internal_nodes_pb2 import Estimate
from room_price.public_input_pb2 import Response
from room_price.quote import VALID_SECONDS, Signer
from room_price.rules import PriceRules


def init(ctx):
    ctx.set("currency", Currency.configured(ctx.path("assets/exchange_rates.json")))
    ctx.set("rules", PriceRules.configured())
    ctx.set("signer", Signer.configured())


async def handler(ctx, data):
    estimate = Estimate()
    if not data.Unpack(estimate):
        raise ValueError("expected an Estimate, got %s" % data.TypeName())
    currency, rules = ctx.get("currency"), ctx.get("rules")
    low, price, high = (
        currency.cents(rules.limited(estimate.borough, usd))
        for usd in (estimate.low_usd, estimate.price_usd, estimate.high_usd)
    )
    valid_until = int(time.time()) + VALID_SECONDS
    ctx.measurement.save("quoted_price", {"price": price / 100}, {"currency": currency.code})
    return Response(
        listing_id=estimate.listing_id,
        price=price / 100,
        currency=currency.code,
        low=low / 100,
        high=high / 100,
        valid_until=valid_until,
        signature=ctx.get("signer").sign(estimate.listing_id, price, currency.code, valid_until),
    )
