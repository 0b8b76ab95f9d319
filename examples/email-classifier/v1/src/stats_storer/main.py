"""stats-storer: counts the categories of a batch, and passes it on to exitpoint."""

import collections
import json
import os
import sys

sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))  # src, for what the nodes share

from email_classifier.internal_nodes_pb2 import Sorted


async def default_handler(ctx, data):
    message = Sorted()
    if not data.Unpack(message):
        raise ValueError("expected Sorted, got %s" % data.TypeName())
    results = json.loads((await ctx.object_store.get(message.results_key)).decode("utf-8"))
    counts = collections.Counter(result["category"] for result in results)
    for category, count in sorted(counts.items()):
        ctx.measurement.save("classified_emails", {"count": count}, {"category": category})
    await ctx.send_output(message)
