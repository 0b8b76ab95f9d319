"""Runs the nodes of a package as kre-py runs them, without NATS, MongoDB or InfluxDB.

`SequentialRunner` follows kre-py 1.x (`handler(ctx, data)` returns the message for the next node), `GraphRunner`
follows kre-py 2.x (`default_handler` and `custom_handlers` send messages, which go where the manifest's subscriptions
say). Both read the package's own `krt.yml`, load handler files the way the runner does, and hand messages over as
serialised protobuf `Any` values.
"""

import asyncio
import collections
import contextlib
import copy
import importlib.util
import inspect
import json
import logging
import os
import sys

import yaml
from google.protobuf.any_pb2 import Any


def load_module(path):
    """A Python file, loaded by its path as the runner loads a handler."""
    spec = importlib.util.spec_from_file_location("worker", path)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


class Package:
    """An unpacked KRT folder."""

    def __init__(self, root):
        self.root = os.path.abspath(root)
        with open(os.path.join(self.root, "krt.yml"), encoding="utf-8") as file:
            self.manifest = yaml.safe_load(file)

    def workflow(self, method):
        (found,) = [each for each in self.manifest["workflows"] if each["entrypoint"] == method]
        return found

    def module(self, path):
        """A Python file of this package with its imports: a handler, or the classes a gRPC client would have."""
        with self._importing(os.path.dirname(path)):
            return load_module(os.path.join(self.root, path))

    @contextlib.contextmanager
    def _importing(self, folder):
        """Imports see this package alone, and nothing of it stays behind: each node is a process of its own."""
        before = list(sys.path)
        sys.path.append(os.path.join(self.root, folder))
        try:
            yield
        finally:
            sys.path[:] = before
            for name, module in list(sys.modules.items()):
                if (getattr(module, "__file__", None) or "").startswith(self.root + os.sep):
                    del sys.modules[name]


class Node:
    """One node of a workflow in a process of its own: its handler module and its context."""

    def __init__(self, package, name, path, context):
        self.name = name
        self.context = context
        self.module = package.module(path)
        if hasattr(self.module, "init"):
            result = self.module.init(context)
            if inspect.iscoroutine(result):
                asyncio.run(result)


class Context:
    """What both generations of kre-py give to handlers."""

    def __init__(self, root, name):
        self.__root__ = root
        self.__data__ = {}
        self.logger = logging.getLogger("kre." + name)
        self.measurement = Measurement()
        self.prediction = Prediction()
        self.db = Database()

    def path(self, relative_path):
        return os.path.join(self.__root__, relative_path)

    def set(self, key, value):
        self.__data__[key] = value

    def get(self, key):
        if key not in self.__data__:
            raise AttributeError(key)  # as the runner, which keeps the values as attributes
        return self.__data__[key]


class Measurement:
    def __init__(self):
        self.saved = []

    def save(self, measurement, fields, tags, time=None, precision=None):
        assert fields, "InfluxDB refuses a point without fields"
        assert all(isinstance(tag, str) for tag in tags.values()), "tags are strings"
        self.saved.append((measurement, dict(fields), dict(tags)))


class Prediction:
    ERR_MISSING_VALUES = "missing_values"
    ERR_NEW_LABELS = "new_labels"

    def __init__(self):
        self.saved = []

    async def save(self, predicted_value="", true_value="", utcdate=None, error=""):
        if error:
            assert error in (self.ERR_MISSING_VALUES, self.ERR_NEW_LABELS)
            self.saved.append(error)
        else:
            assert isinstance(predicted_value, str) and predicted_value
            assert isinstance(true_value, str) and true_value
            self.saved.append((predicted_value, true_value))


class Database:
    def __init__(self):
        self.collections = collections.defaultdict(list)

    async def save(self, coll, data):
        assert isinstance(coll, str) and coll
        self.collections[coll].append(json.loads(json.dumps(data)))

    async def find(self, coll, query):
        assert isinstance(query, dict) and query
        return [doc for doc in self.collections[coll] if all(doc.get(key) == value for key, value in query.items())]


def packed(message):
    """Over the wire and back: a node sees an `Any` that nothing else holds on to."""
    payload = Any()
    payload.Pack(message)
    return Any.FromString(payload.SerializeToString())


class SequentialRunner:
    """A workflow of a KRT v1 package."""

    def __init__(self, package, method):
        paths = {node["name"]: node["src"] for node in package.manifest["nodes"]}
        self.nodes = [
            Node(package, name, paths[name], Context(package.root, name))
            for name in package.workflow(method)["sequential"]
        ]

    def context(self, name):
        (found,) = [node.context for node in self.nodes if node.name == name]
        return found

    def request(self, message, response):
        """What the entrypoint does with a call: the last node's answer, or the error of the node that failed."""
        return asyncio.run(self._request(message, response))

    async def _request(self, message, response):
        payload = packed(message)
        for node in self.nodes:
            try:
                result = await node.module.handler(copy.copy(node.context), payload)
            except Exception as error:
                raise WorkflowError("error in '%s': %s" % (node.name, error)) from error
            payload = packed(result)
        assert payload.Unpack(response), "the last node answered with " + payload.TypeName()
        return response


class WorkflowError(Exception):
    """What the gRPC client gets as the status message."""


class GraphContext(Context):
    """What kre-py 2.x adds."""

    def __init__(self, root, name, publish, object_store):
        super().__init__(root, name)
        self.__publish__ = publish
        self.__message__ = None
        if object_store is not None:
            self.object_store = object_store  # absent, as in the runner, when the node declares none

    def get_request_id(self):
        return self.__message__.request_id

    async def send_output(self, message, channel=""):
        self.__publish__(packed(message), self.__message__, "OK", channel)

    async def send_any(self, payload, channel=""):
        self.__publish__(payload, self.__message__, "OK", channel)

    async def send_early_reply(self, message, channel=""):
        self.__publish__(packed(message), self.__message__, "EARLY_REPLY", channel)

    async def send_early_exit(self, message, channel=""):
        self.__publish__(packed(message), self.__message__, "EARLY_EXIT", channel)

    def is_message_ok(self):
        return self.__message__.type == "OK"

    def is_message_error(self):
        return self.__message__.type == "ERROR"

    def is_message_early_reply(self):
        return self.__message__.type == "EARLY_REPLY"

    def is_message_early_exit(self):
        return self.__message__.type == "EARLY_EXIT"


class ObjectStore:
    def __init__(self):
        self.objects = {}

    async def save(self, key, payload):
        assert isinstance(payload, bytes)
        if not payload:
            raise ValueError("the payload cannot be empty")
        self.objects[key] = payload

    async def get(self, key):
        if key not in self.objects:
            raise KeyError("error retrieving object with key %s from the object store" % key)
        return self.objects[key]

    async def delete(self, key):
        del self.objects[key]


Message = collections.namedtuple("Message", "request_id sender type payload")


class GraphRunner:
    """A workflow of a KRT v2 package.

    `deliver` decides which waiting message is next, which is how a test plays out the orders in which messages of
    several branches can arrive; the default is the order of sending. `twice` names nodes that get every message two
    times, which JetStream may do.
    """

    def __init__(self, package, method, deliver=lambda waiting: 0, twice=()):
        workflow = package.workflow(method)
        self.exitpoint = workflow["exitpoint"]
        self.deliver = deliver
        self.twice = twice
        self.subscribers = collections.defaultdict(list)
        self.stores = collections.defaultdict(ObjectStore)
        self.nodes = {}
        self.waiting = []
        self.answers = []
        for declared in workflow["nodes"]:
            store = self.stores[declared["objectStore"]["name"]] if "objectStore" in declared else None
            context = GraphContext(package.root, declared["name"], self._publisher(declared["name"]), store)
            self.nodes[declared["name"]] = Node(package, declared["name"], declared["src"], context)
            for subject in declared["subscriptions"]:
                self.subscribers[subject].append(declared["name"])

    def context(self, name):
        return self.nodes[name].context

    def request(self, message, response, request_id="request-1"):
        """The answer the client gets: the first message of the exitpoint."""
        self.answers = []
        for name in self.subscribers["entrypoint"]:
            self.waiting.append((name, Message(request_id, "entrypoint", "OK", packed(message))))
        asyncio.run(self._run())
        assert self.answers, "the client would wait until its request times out"
        assert self.answers[0].payload.Unpack(response), "the exitpoint sent " + self.answers[0].payload.TypeName()
        return response

    async def _run(self):
        while self.waiting:
            name, message = self.waiting.pop(self.deliver(self.waiting))
            node = self.nodes[name]
            context = copy.copy(node.context)
            context.__message__ = message
            custom = getattr(node.module, "custom_handlers", None) or {}
            handler = custom.get(message.sender) or node.module.default_handler
            try:
                await handler(context, message.payload)
            except Exception as error:
                raise WorkflowError("error in '%s': %s" % (name, error)) from error

    def _publisher(self, name):
        def publish(payload, request, kind, channel):
            message = Message(request.request_id, name, kind, payload)
            subject = name + "." + channel if channel else name
            if subject == self.exitpoint:
                self.answers.append(message)
            for subscriber in self.subscribers[subject]:
                self.waiting.extend([(subscriber, message)] * (2 if subscriber in self.twice else 1))

        return publish
