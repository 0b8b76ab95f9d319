"""The entrypoint's process: takes calls as lines of JSON on its input, and prints the answers, one a line.

A call: {"method", "module": of the client's classes in the package, "request" and "response": names of classes, "fields", "id": of
the request, made up when absent}.
"""

import asyncio
import json
import os
import sys
import uuid

from google.protobuf.json_format import MessageToDict, ParseDict
from messages import KreNatsMessage, packed
from process import Surroundings, say

from fake_runner import load_module

REQUIRED = [
    "KRT_VERSION_ID", "KRT_VERSION", "KRT_NODE_NAME", "KRT_NODE_ID", "KRT_WORKFLOW_NAME", "KRT_WORKFLOW_ID", "KRT_NATS_SERVER",
    "KRT_NATS_SUBJECTS_FILE", "KRT_INFLUX_URI", "KRT_REQUEST_TIMEOUT",
]


async def main():
    entrypoint = Surroundings(sys.argv[1:])
    for name in REQUIRED:
        entrypoint[name]
    with open(entrypoint.path(entrypoint["KRT_NATS_SUBJECTS_FILE"]), encoding="utf-8") as file:
        subjects = json.load(file)
    with open(entrypoint.path("/krt-files/public_input.proto"), encoding="utf-8") as file:
        proto = file.read()
    for method in subjects:
        if "rpc %s" % method not in proto:
            sys.exit("the proto has no method " + method)
    connection = await entrypoint.connect()
    for line in sys.stdin:
        call = json.loads(line)
        module = load_module(entrypoint.path("/krt-files/" + call["module"]))
        request = ParseDict(call["fields"], getattr(module, call["request"])())
        message = KreNatsMessage(
            request_id=call.get("id", str(uuid.uuid4())), from_node=entrypoint["KRT_NODE_NAME"], type="OK", payload=packed(request))
        ask = ask_graph if isinstance(subjects[call["method"]], dict) else ask_sequence
        answer = await ask(entrypoint, connection, subjects[call["method"]], message)
        if answer.error:
            say(json.dumps({"error": answer.error}))
            continue
        response = getattr(module, call["response"])()
        if not answer.payload.Unpack(response):
            sys.exit("the answer is a " + answer.payload.TypeName())
        say(json.dumps(MessageToDict(response, preserving_proto_field_name=True)))
    await connection.close()


async def ask_sequence(entrypoint, connection, subject, message):
    """KRT v1: the timeout is in seconds."""
    message.reply = connection.new_inbox()
    answers = await connection.subscribe(message.reply, max_msgs=1)
    await connection.publish(subject, message.SerializeToString())
    return KreNatsMessage.FromString((await answers.next_msg(timeout=float(entrypoint["KRT_REQUEST_TIMEOUT"]))).data)


async def ask_graph(entrypoint, connection, subjects, message):
    """KRT v2: the timeout is in milliseconds."""
    seconds = int(entrypoint["KRT_REQUEST_TIMEOUT"]) / 1000
    int(entrypoint["KRT_JS_REQUEST_TIMEOUT"])
    stream = connection.jetstream()
    answers = await stream.subscribe(subjects["input_subject"], stream=subjects["stream"])
    try:
        await stream.publish(subjects["output_subject"], message.SerializeToString(), stream=subjects["stream"])
        while True:
            answer = KreNatsMessage.FromString((await answers.next_msg(timeout=seconds)).data)
            if answer.request_id == message.request_id:
                return answer
    finally:
        await answers.unsubscribe()


asyncio.run(main())
