"""A node's process, as kre-py: reads its environment, loads the handler, listens and answers.

Says `ready` once it listens. What MongoDB and InfluxDB would keep goes to the writer's subject, or stays in the process.
"""

import asyncio
import copy
import inspect
import json
import os
import sys

from messages import KreNatsMessage, packed
from process import Surroundings, say

from fake_runner import Context, Database, GraphContext, load_module

REQUIRED = [
    "KRT_VERSION_ID", "KRT_VERSION", "KRT_RUNTIME_ID", "KRT_WORKFLOW_ID", "KRT_WORKFLOW_NAME", "KRT_NODE_ID", "KRT_NODE_NAME",
    "KRT_NATS_SERVER", "KRT_NATS_MONGO_WRITER", "KRT_BASE_PATH", "KRT_HANDLER_PATH", "KRT_MONGO_URI", "KRT_INFLUX_URI",
]


class WrittenDatabase(Database):
    """What is saved goes to the writer, which answers."""

    def __init__(self, connection, subject):
        super().__init__()
        self.connection = connection
        self.subject = subject

    async def save(self, coll, data):
        await super().save(coll, data)
        document = json.dumps({"coll": coll, "doc": data}).encode()
        await self.connection.request(self.subject, document, timeout=60)


class StoredObjects:
    """An object store that was there before."""

    def __init__(self, store):
        self.store = store

    async def save(self, key, payload):
        await self.store.put(key, payload)

    async def get(self, key):
        return (await self.store.get(key)).data

    async def delete(self, key):
        await self.store.delete(key)


async def main():
    node = Surroundings(sys.argv[1:])
    for name in REQUIRED:
        node[name]
    connection = await node.connect()
    base = node.path(node["KRT_BASE_PATH"])
    handler = os.path.join(base, node["KRT_HANDLER_PATH"])
    sys.path.append(os.path.dirname(handler))
    module = load_module(handler)
    run = run_graph if "KRT_NATS_STREAM" in os.environ else run_sequence
    await run(node, connection, base, module)
    say("ready")
    await asyncio.Event().wait()


async def start(module, context):
    if hasattr(module, "init"):
        result = module.init(context)
        if inspect.iscoroutine(result):
            await result


async def run_sequence(node, connection, base, module):
    """KRT v1: requests over core NATS. The last node, whose output is empty, replies."""
    context = Context(base, node["KRT_NODE_NAME"])
    context.db = WrittenDatabase(connection, node["KRT_NATS_MONGO_WRITER"])
    await start(module, context)
    source, output = node["KRT_NATS_INPUT"], node["KRT_NATS_OUTPUT"]

    async def take(received):
        message = KreNatsMessage.FromString(received.data)
        answer = KreNatsMessage(request_id=message.request_id, reply=message.reply, from_node=node["KRT_NODE_NAME"])
        try:
            answer.payload.CopyFrom(packed(await module.handler(copy.copy(context), message.payload)))
        except Exception as error:
            answer.error = "error in '%s': %s" % (node["KRT_NODE_NAME"], error)
        to = message.reply if answer.error or not output else output
        await connection.publish(to, answer.SerializeToString())

    await connection.subscribe(source, queue="queue_" + source, cb=take)
    await connection.flush()


async def run_graph(node, connection, base, module):
    """KRT v2: messages over a JetStream stream that is there already, as are the stores."""
    stream = connection.jetstream()
    for level in ["PROJECT", "WORKFLOW", "NODE"]:
        await stream.key_value(node["KRT_NATS_KEY_VALUE_STORE_" + level])
    store = None
    if "KRT_NATS_OBJECT_STORE" in os.environ:
        store = StoredObjects(await stream.object_store(node["KRT_NATS_OBJECT_STORE"]))
    name, output = node["KRT_NODE_NAME"], node["KRT_NATS_OUTPUT"]
    if node["KRT_IS_EXITPOINT"] not in ("true", "false"):
        sys.exit("KRT_IS_EXITPOINT is " + node["KRT_IS_EXITPOINT"])
    int(node["KRT_JS_REQUEST_TIMEOUT"])
    outgoing = []

    def publish(payload, request, kind, channel):
        message = KreNatsMessage(request_id=request.request_id, from_node=name, type=kind, payload=payload)
        outgoing.append((output + "." + channel if channel else output, message))

    context = GraphContext(base, name, publish, store)
    context.db = WrittenDatabase(connection, node["KRT_NATS_MONGO_WRITER"])
    await start(module, context)
    one_at_a_time = asyncio.Lock()

    async def take(received):
        async with one_at_a_time:
            message = KreNatsMessage.FromString(received.data)
            own = copy.copy(context)
            own.__message__ = message
            handlers = getattr(module, "custom_handlers", None) or {}
            handler = handlers.get(message.from_node) or module.default_handler
            try:
                await handler(own, message.payload)
            except Exception as error:
                text = "error in '%s': %s" % (name, error)
                outgoing[:] = [(output, KreNatsMessage(request_id=message.request_id, from_node=name, type="ERROR", error=text))]
            while outgoing:
                subject, message = outgoing.pop(0)
                await stream.publish(subject, message.SerializeToString(), stream=node["KRT_NATS_STREAM"])
            await received.ack()

    for source in node["KRT_NATS_INPUTS"].split(","):
        consumer = "%s_%s" % (source.replace(".", "-"), name)
        await stream.subscribe(
            source, queue=consumer, durable=consumer, stream=node["KRT_NATS_STREAM"], cb=take, manual_ack=True)
    await connection.flush()


asyncio.run(main())
