import glob
import hashlib
import json
import os
import random
import re
import subprocess
import sys

import pytest
from fake_runner import GraphRunner, Package, WorkflowError, load_module

EMAIL_CLASSIFIER = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
METHOD = "ClassifyEmails"

TAP = {"id": "a", "sender": "ann@example.com", "subject": "Kitchen tap",
       "body": "The tap in my kitchen is leaking, could you send a plumber please?"}
FLOOD = {"id": "b", "sender": "bob@example.com", "subject": "HELP",
         "body": "<p>A pipe has <b>burst</b> and the floor is wet, water everywhere!</p>"}
RENT = {"id": "c", "sender": "cem@example.com", "subject": "March invoice",
        "body": "Why did you charge me twice? I paid the rent by direct debit.\n--\nboiler and heating engineer"}
LEASE = {"id": "d", "sender": "dee@example.com", "subject": "Moving out",
         "body": "I want to terminate my lease. What is the notice period?"}
PRIZE = {"id": "e", "sender": "win@example.net", "subject": "Congratulations",
         "body": "You have won! Click the link to claim your prize today."}
RIDDLE = {"id": "f", "sender": "fay@example.com", "subject": "Zugzwang", "body": "xyzzy plugh"}
POST = [TAP, RENT, FLOOD, LEASE, PRIZE, RIDDLE]


@pytest.fixture(autouse=True)
def configured(monkeypatch):
    monkeypatch.setenv("MIN_CONFIDENCE", "0.7")
    monkeypatch.setenv("REPAIRS_HOURS", "48")


@pytest.fixture
def package():
    return Package(os.path.join(EMAIL_CLASSIFIER, "v1"))


@pytest.fixture
def client(package):
    return package.module("src/email_classifier/public_input_pb2.py")


def classified(runner, client, emails, request_id="request-1"):
    request = client.Request(emails=[client.Email(**email) for email in emails])
    return runner.request(request, client.Response(), request_id)


def test_a_batch_is_sorted_in_the_order_of_the_request(package, client):
    response = classified(GraphRunner(package, METHOD), client, POST)
    assert [(email.email_id, email.category) for email in response.emails] == [
        ("a", "repairs"), ("c", "billing"), ("b", "repairs"), ("d", "administration"), ("e", "spam"), ("f", "unsure"),
    ]
    assert all(email.confidence > 0.7 for email in response.emails[:5])
    assert response.emails[5].confidence < 0.3


def test_every_repair_gets_a_work_order_and_nothing_else_does(package, client):
    runner = GraphRunner(package, METHOD)
    response = classified(runner, client, POST)
    assert [(order.email_id, order.priority, order.hours) for order in response.work_orders] == [
        ("a", "normal", 48), ("b", "urgent", 4),
    ]
    saved = runner.context("repairs-handler").db.collections["work_orders"]
    assert [(order["email_id"], order["sender"]) for order in saved] == [
        ("a", "ann@example.com"), ("b", "bob@example.com"),
    ]
    assert saved[1]["text"] == "HELP\nA pipe has  burst  and the floor is wet, water everywhere!"
    assert [order["id"] for order in saved] == [order.id for order in response.work_orders]


def test_categories_are_counted(package, client):
    runner = GraphRunner(package, METHOD)
    classified(runner, client, POST)
    assert runner.context("stats-storer").measurement.saved == [
        ("classified_emails", {"count": count}, {"category": category})
        for category, count in [("administration", 1), ("billing", 1), ("repairs", 2), ("spam", 1), ("unsure", 1)]
    ]


def test_a_batch_without_repairs_is_answered(package, client):
    response = classified(GraphRunner(package, METHOD), client, [RENT])
    assert [email.category for email in response.emails] == ["billing"]
    assert list(response.work_orders) == []


def test_an_empty_batch_leaves_the_workflow_early(package, client):
    runner = GraphRunner(package, METHOD)
    response = classified(runner, client, [])
    assert (list(response.emails), list(response.work_orders)) == ([], [])
    assert runner.context("stats-storer").measurement.saved == []


@pytest.mark.parametrize("seed", range(20))
def test_the_answer_is_the_same_in_whatever_order_the_branches_finish(package, client, seed):
    expected = classified(GraphRunner(package, METHOD), client, POST)
    source = random.Random(seed)
    runner = GraphRunner(package, METHOD, deliver=lambda waiting: source.randrange(len(waiting)))
    assert classified(runner, client, POST) == expected
    assert len(runner.answers) == 1


@pytest.mark.parametrize("node", ["repairs-handler", "exitpoint"])
def test_messages_that_arrive_twice_change_nothing(package, client, node):
    expected = classified(GraphRunner(package, METHOD), client, POST)
    runner = GraphRunner(package, METHOD, twice=[node])
    assert classified(runner, client, POST) == expected
    assert len(runner.answers) == 1
    assert len(runner.context("repairs-handler").db.collections["work_orders"]) == 2


def test_requests_do_not_mix(package, client):
    runner = GraphRunner(package, METHOD)
    first = classified(runner, client, [TAP], "request-1")
    second = classified(runner, client, [dict(TAP, subject="Again")], "request-2")
    assert first.work_orders[0].id != second.work_orders[0].id


def test_nothing_stays_in_the_object_store(package, client):
    runner = GraphRunner(package, METHOD)
    classified(runner, client, POST)
    assert list(runner.stores) == ["emails"]
    assert runner.stores["emails"].objects == {}


def test_only_the_latest_requests_are_remembered(package):
    with_repairs = package.module("src/email_classifier/internal_nodes_pb2.py").Sorted(repairs=["a"])
    order = package.module("src/email_classifier/internal_nodes_pb2.py").WorkOrder(email_id="a")
    joining = package.module("src/email_classifier/joining.py").Joining(limit=2)
    for request_id in ["1", "2", "3"]:
        assert joining.sorted(request_id, with_repairs) is None
    assert joining.work_order("1", order) is None
    assert joining.work_order("3", order) == (with_repairs, [order])


@pytest.mark.parametrize("emails, message", [
    ([dict(TAP, id="")], "error in 'etl': email 1 has no id"),
    ([TAP, RENT, TAP], "error in 'etl': emails need ids of their own, repeated: a"),
    ([dict(TAP, subject="", body="<p> </p>\n> quoted")], "error in 'etl': email 'a' has neither a subject nor a body"),
])
def test_a_batch_that_cannot_be_sorted_is_refused(package, client, emails, message):
    with pytest.raises(WorkflowError) as raised:
        classified(GraphRunner(package, METHOD), client, emails)
    assert str(raised.value) == message


def test_a_message_of_another_type_is_refused(package, client):
    with pytest.raises(WorkflowError) as raised:
        GraphRunner(package, METHOD).request(client.Response(), client.Response())
    assert str(raised.value) == "error in 'etl': expected a Request, got entrypoint.Response"


@pytest.mark.parametrize("name, value, message", [
    ("MIN_CONFIDENCE", "", "MIN_CONFIDENCE is not set: give it a value under `config` of this version"),
    ("MIN_CONFIDENCE", "high", "MIN_CONFIDENCE is 'high': give a number from 0 to 1"),
    ("MIN_CONFIDENCE", "70", "MIN_CONFIDENCE is 70: give a number from 0 to 1"),
    ("MIN_CONFIDENCE", "nan", "MIN_CONFIDENCE is nan: give a number from 0 to 1"),
    ("REPAIRS_HOURS", "", "REPAIRS_HOURS is not set: give it a value under `config` of this version"),
    ("REPAIRS_HOURS", "0", "REPAIRS_HOURS is 0: give a number from 1 to 720"),
])
def test_wrong_configuration_stops_the_node_before_its_first_message(package, monkeypatch, name, value, message):
    monkeypatch.setenv(name, value)
    with pytest.raises(Exception) as raised:
        GraphRunner(package, METHOD)
    assert str(raised.value) == message


def test_urgent_repairs_never_wait_longer_than_normal_ones(package, client, monkeypatch):
    monkeypatch.setenv("REPAIRS_HOURS", "2")
    response = classified(GraphRunner(package, METHOD), client, [TAP, FLOOD])
    assert [order.hours for order in response.work_orders] == [2, 2]


def test_the_model_sorts_mails_it_was_not_trained_on(package):
    model = package.module("src/email_classifier/bayes.py").NaiveBayes.read(
        os.path.join(package.root, "models", "email_classifier.json"))
    training = load_module(os.path.join(EMAIL_CLASSIFIER, "train.py"))
    assert training.accuracy(model, seed=99) > 0.97


def test_the_documentation_tells_the_accuracy_of_the_committed_model(package):
    with open(os.path.join(package.root, "models", "email_classifier.json"), encoding="utf-8") as file:
        accuracy = json.load(file)["test"]["accuracy"]
    with open(os.path.join(package.root, "docs", "README.md"), encoding="utf-8") as file:
        assert "sorts %.3f of 600 mails" % accuracy in file.read()


def test_training_again_gives_the_committed_model_byte_for_byte():
    done = subprocess.run(
        [sys.executable, os.path.join(EMAIL_CLASSIFIER, "train.py"), "--check"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_the_generated_code_belongs_to_the_protos(package):
    protos = sorted(glob.glob(os.path.join(package.root, "*.proto")))
    assert [os.path.basename(proto) for proto in protos] == ["internal_nodes.proto", "public_input.proto"]
    for proto in protos:
        with open(proto, "rb") as file:
            digest = hashlib.sha256(file.read()).hexdigest()
        name = os.path.basename(proto)[: -len(".proto")]
        with open(os.path.join(package.root, "src", "email_classifier", name + "_pb2.py"), encoding="utf-8") as file:
            found = re.search("^# proto-sha256: (.*)$", file.read(), re.M).group(1)
        assert found == digest, "run examples/generate-protos"
