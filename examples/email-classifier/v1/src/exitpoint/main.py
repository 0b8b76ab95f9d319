"""exitpoint: answers once the statistics and every work order of the request are there, in whatever order they come."""

import json
import os
import sys

sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))  # src, for what the nodes share

from email_classifier import public_input_pb2 as public
from email_classifier.internal_nodes_pb2 import Sorted, WorkOrder
from email_classifier.joining import Joining


def init(ctx):
    ctx.set("joining", Joining())


async def etl_handler(ctx, data):
    if ctx.is_message_early_exit():
        await ctx.send_any(data)


async def stats_storer_handler(ctx, data):
    message = Sorted()
    if not data.Unpack(message):
        raise ValueError("expected Sorted, got %s" % data.TypeName())
    await answer(ctx, ctx.get("joining").sorted(ctx.get_request_id(), message))


async def repairs_handler_handler(ctx, data):
    message = WorkOrder()
    if not data.Unpack(message):
        raise ValueError("expected a WorkOrder, got %s" % data.TypeName())
    await answer(ctx, ctx.get("joining").work_order(ctx.get_request_id(), message))


async def default_handler(ctx, data):
    raise ValueError("nothing is expected from this node: %s" % data.TypeName())


custom_handlers = {
    "etl": etl_handler,
    "stats-storer": stats_storer_handler,
    "repairs-handler": repairs_handler_handler,
}


async def answer(ctx, joined):
    if joined is None:
        return
    message, orders = joined
    results = json.loads((await ctx.object_store.get(message.results_key)).decode("utf-8"))
    await ctx.send_output(public.Response(
        emails=[public.Classified(**result) for result in results],
        work_orders=[
            public.WorkOrder(id=order.id, email_id=order.email_id, priority=order.priority, hours=order.hours)
            for order in orders
        ],
    ))
    await ctx.object_store.delete(message.emails_key)
    await ctx.object_store.delete(message.results_key)
