"""etl: checks the batch, keeps what people wrote and puts it into the object store."""

import json
import os
import sys

sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))  # src, for what the nodes share

from email_classifier.internal_nodes_pb2 import Batch
from email_classifier.public_input_pb2 import Request, Response
from email_classifier.words import plain


async def default_handler(ctx, data):
    request = Request()
    if not data.Unpack(request):
        raise ValueError("expected a Request, got %s" % data.TypeName())
    if not request.emails:
        ctx.logger.info("an empty batch: nothing to do")
        await ctx.send_early_exit(Response())
        return
    emails = [cleaned(email, number) for number, email in enumerate(request.emails, start=1)]
    ids = [email["id"] for email in emails]
    repeated = sorted({each for each in ids if ids.count(each) > 1})
    if repeated:
        raise ValueError("emails need ids of their own, repeated: %s" % ", ".join(repeated))
    key = "emails-" + ctx.get_request_id()
    await ctx.object_store.save(key, json.dumps(emails).encode("utf-8"))
    await ctx.send_output(Batch(emails_key=key))


def cleaned(email, number):
    if not email.id:
        raise ValueError("email %d has no id" % number)
    text = plain(email.subject, email.body)
    if not text:
        raise ValueError("email '%s' has neither a subject nor a body" % email.id)
    return {"id": email.id, "sender": email.sender, "text": text}
