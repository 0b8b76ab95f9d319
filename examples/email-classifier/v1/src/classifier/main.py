"""classifier: sorts a batch. Repairs go, one by one, to the subtopic `repairs`; the batch goes on as a whole."""

import json
import os
import sys

sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))  # src, for what the nodes share

from email_classifier.bayes import NaiveBayes
from email_classifier.internal_nodes_pb2 import Batch, Repair, Sorted
from email_classifier.settings import number
from email_classifier.words import words


def init(ctx):
    ctx.set("model", NaiveBayes.read(ctx.path("models/email_classifier.json")))
    ctx.set("min_confidence", number("MIN_CONFIDENCE", 0, 1))


async def default_handler(ctx, data):
    if ctx.is_message_early_exit():
        return  # an empty batch; exitpoint answers it
    batch = Batch()
    if not data.Unpack(batch):
        raise ValueError("expected a Batch, got %s" % data.TypeName())
    emails = json.loads((await ctx.object_store.get(batch.emails_key)).decode("utf-8"))
    results = [classified(ctx, email) for email in emails]
    key = "results-" + ctx.get_request_id()
    await ctx.object_store.save(key, json.dumps(results).encode("utf-8"))
    repairs = []
    for email, result in zip(emails, results):
        if result["category"] == "repairs":
            repairs.append(email["id"])
            await ctx.send_output(Repair(email_id=email["id"], sender=email["sender"], text=email["text"]), "repairs")
    await ctx.send_output(Sorted(emails_key=batch.emails_key, results_key=key, repairs=repairs))


def classified(ctx, email):
    category, confidence = ctx.get("model").classify(words(email["text"]))
    if confidence < ctx.get("min_confidence"):
        category = "unsure"
    return {"email_id": email["id"], "category": category, "confidence": round(confidence, 4)}
