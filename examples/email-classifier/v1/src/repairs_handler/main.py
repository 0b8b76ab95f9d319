"""repairs-handler: opens a work order for an email about a repair."""

import hashlib
import os
import sys

sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))  # src, for what the nodes share

from email_classifier.internal_nodes_pb2 import Repair, WorkOrder
from email_classifier.settings import number
from email_classifier.words import words

URGENT_WORDS = {
    "gas", "flood", "flooded", "flooding", "fire", "smoke", "sparks", "burst", "ceiling", "locked", "freezing",
}
URGENT_HOURS = 4


def init(ctx):
    ctx.set("hours", int(number("REPAIRS_HOURS", 1, 720)))


async def default_handler(ctx, data):
    repair = Repair()
    if not data.Unpack(repair):
        raise ValueError("expected a Repair, got %s" % data.TypeName())
    urgent = not URGENT_WORDS.isdisjoint(words(repair.text))
    order = WorkOrder(
        id=order_id(ctx.get_request_id(), repair.email_id),
        email_id=repair.email_id,
        priority="urgent" if urgent else "normal",
        hours=min(URGENT_HOURS, ctx.get("hours")) if urgent else ctx.get("hours"),
    )
    # The same message can be delivered twice, the same work order must not be opened twice.
    if not await ctx.db.find("work_orders", {"id": order.id}):
        await ctx.db.save("work_orders", {
            "id": order.id,
            "email_id": order.email_id,
            "sender": repair.sender,
            "text": repair.text,
            "priority": order.priority,
            "hours": order.hours,
        })
    await ctx.send_output(order)


def order_id(request_id, email_id):
    return "WO-" + hashlib.sha256((request_id + "\n" + email_id).encode("utf-8")).hexdigest()[:12]
