"""etl: checks the request and turns it into the numbers the model reads."""

import os
import sys

sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))  # src, for what the nodes share

from room_price import features
from room_price.internal_nodes_pb2 import Features
from room_price.public_input_pb2 import Request


async def handler(ctx, data):
    request = Request()
    if not data.Unpack(request):
        raise ValueError("expected a Request, got %s" % data.TypeName())
    fields = {field.name: getattr(request, field.name) for field in request.DESCRIPTOR.fields}
    try:
        values = features.encode(fields)
    except features.Unknown:
        await ctx.prediction.save(error=ctx.prediction.ERR_NEW_LABELS)
        raise
    except features.Missing:
        await ctx.prediction.save(error=ctx.prediction.ERR_MISSING_VALUES)
        raise
    return Features(listing_id=request.listing_id, values=values)
