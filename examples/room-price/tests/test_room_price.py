import glob
import hashlib
import hmac
import json
import os
import re
import subprocess
import sys
import time

import pytest
from fake_runner import Package, SequentialRunner, WorkflowError, load_module

ROOM_PRICE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SECRET = "sixteen characters at least"
RULES = "borough,lowest,highest\nmanhattan,45,650\nqueens,30,350\n"

ROOM = {
    "listing_id": "NY-17",
    "borough": "Manhattan",
    "room_type": "private room",
    "guests": 2,
    "bathrooms": 1,
    "subway_minutes": 4,
    "review_score": 4.9,
    "month": 5,
    "weekend": True,
}


@pytest.fixture(params=["v1", "v2"])
def version(request, monkeypatch):
    """A configured version: its name, its package and its client's protobuf classes."""
    return configured(request.param, monkeypatch)


@pytest.fixture
def v1(monkeypatch):
    return configured("v1", monkeypatch)


@pytest.fixture
def v2(monkeypatch):
    return configured("v2", monkeypatch)


class Version:
    def __init__(self, name):
        self.name = name
        self.package = Package(os.path.join(ROOM_PRICE, name))
        self.client = self.package.module("src/room_price/public_input_pb2.py")

    def workflow(self, method):
        return SequentialRunner(self.package, method)

    def price(self, runner=None, **changes):
        room = dict(ROOM, **changes)
        return (runner or self.workflow("MakePrediction")).request(self.client.Request(**room), self.client.Response())

    def save_metric(self, **fields):
        runner = self.workflow("SavePredictionMetric")
        response = runner.request(self.client.SaveMetricRequest(**fields), self.client.SaveMetricResponse())
        return response, runner.context("save-metric")


def configured(name, monkeypatch):
    monkeypatch.setenv("OUTPUT_PRICE_CURRENCY", "USD")
    if name == "v2":
        monkeypatch.setenv("API_SECRET", SECRET)
        monkeypatch.setenv("PRICE_RULES", RULES)
    return Version(name)


def test_a_room_is_priced_in_the_configured_currency(version):
    quote = version.price()
    assert quote.listing_id == "NY-17"
    assert quote.currency == "USD"
    assert 60 < quote.price < 120


def test_another_currency_converts_at_the_package_s_rate(version, monkeypatch):
    dollars = version.price().price
    monkeypatch.setenv("OUTPUT_PRICE_CURRENCY", "EUR")
    euros = version.price()
    rate = {"v1": 0.901, "v2": 0.957}[version.name]
    assert euros.currency == "EUR"
    assert euros.price == pytest.approx(dollars * rate, abs=0.02)


@pytest.mark.parametrize("cheaper, dearer", [
    ({"borough": "bronx"}, {"borough": "manhattan"}),
    ({"room_type": "shared_room"}, {"room_type": "entire_home"}),
    ({"guests": 1}, {"guests": 3}),
    ({"month": 1}, {"month": 12}),
    ({"review_score": 3.5}, {"review_score": 5.0}),
])
def test_prices_follow_what_everybody_expects(version, cheaper, dearer):
    assert version.price(**cheaper).price < version.price(**dearer).price


def test_a_quote_leaves_a_measurement(version):
    runner = version.workflow("MakePrediction")
    quote = version.price(runner)
    assert runner.context("output").measurement.saved == [("quoted_price", {"price": quote.price}, {"currency": "USD"})]


@pytest.mark.parametrize("change, metric, message", [
    ({"borough": "hoboken"}, "new_labels",
     "error in 'etl': borough 'hoboken' is unknown: give one of "),
    ({"room_type": ""}, "missing_values",
     "error in 'etl': room_type is missing: give one of "),
    ({"guests": 0}, "missing_values",
     "error in 'etl': guests is 0: give a number from 1 to 16"),
    ({"month": 13}, "missing_values",
     "error in 'etl': month is 13: give a number from 1 to 12"),
])
def test_a_request_that_cannot_be_priced_is_refused_and_counted(version, change, metric, message):
    runner = version.workflow("MakePrediction")
    with pytest.raises(WorkflowError) as raised:
        version.price(runner, **change)
    assert str(raised.value).startswith(message)
    assert runner.context("etl").prediction.saved == [metric]


def test_a_message_of_another_type_is_refused(version):
    runner = version.workflow("MakePrediction")
    with pytest.raises(WorkflowError) as raised:
        runner.request(version.client.Response(listing_id="NY-17"), version.client.Response())
    assert str(raised.value) == "error in 'etl': expected a Request, got entrypoint.Response"


@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_missing_currency_stops_the_node_before_its_first_message(version, monkeypatch, value):
    if value is None:
        monkeypatch.delenv("OUTPUT_PRICE_CURRENCY")
    else:
        monkeypatch.setenv("OUTPUT_PRICE_CURRENCY", value)
    with pytest.raises(Exception) as raised:
        version.workflow("MakePrediction")
    assert str(raised.value) == "OUTPUT_PRICE_CURRENCY is not set: give it a value under `config` of this version"


def test_an_unknown_currency_names_the_known_ones(version, monkeypatch):
    monkeypatch.setenv("OUTPUT_PRICE_CURRENCY", "eur")
    with pytest.raises(Exception) as raised:
        version.workflow("MakePrediction")
    assert str(raised.value) == "OUTPUT_PRICE_CURRENCY is 'eur': this version quotes in CHF, EUR, GBP, USD"


def test_a_booking_is_saved_as_price_bands_and_an_error(v1):
    response, context = v1.save_metric(listing_id="NY-17", predicted_price=110.0, actual_price=100.0, currency="EUR")
    assert response.saved
    assert context.prediction.saved == [("100-149", "100-149")]
    assert context.measurement.saved == [("price_error", {"error": 10.0, "percent": 10.0}, {"currency": "EUR"})]


@pytest.mark.parametrize("price", [0.0, -1.0, float("nan"), float("inf")])
def test_a_booking_without_a_price_is_not_saved(version, price):
    response, context = version.save_metric(
        listing_id="NY-17", predicted_price=110.0, actual_price=price, currency="EUR")
    assert (response.saved, response.message) == (False, "actual_price must be a number above 0")
    assert context.prediction.saved == []
    assert context.measurement.saved == []


def test_v2_gives_an_interval_around_the_price(v2):
    quote = v2.price()
    assert quote.low < quote.price < quote.high


def test_v2_signs_its_quotes_with_the_secret(v2):
    before = int(time.time())
    quote = v2.price()
    assert before + 24 * 3600 <= quote.valid_until <= time.time() + 24 * 3600
    text = "room-price\nNY-17\n%d\nUSD\n%d" % (round(quote.price * 100), quote.valid_until)
    assert quote.signature == hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()


def test_v2_saves_a_booking_of_a_quote_it_signed(v2):
    response, context = v2.save_metric(actual_price=90.0, **quoted(v2.price()))
    assert (response.saved, response.message) == (True, "")
    assert len(context.prediction.saved) == 1


@pytest.mark.parametrize("change", [
    {"predicted_price": 1000.0}, {"listing_id": "NY-18"}, {"currency": "EUR"}, {"valid_until": 1}, {"signature": ""},
])
def test_v2_refuses_a_booking_whose_quote_was_altered(v2, change):
    response, context = v2.save_metric(**dict(quoted(v2.price()), actual_price=90.0, **change))
    assert (response.saved, response.message) == (False, "the signature does not belong to this quote")
    assert context.prediction.saved == []
    assert context.measurement.saved == [("refused_metric", {"count": 1}, {"reason": "signature"})]


def quoted(quote):
    return {
        "listing_id": quote.listing_id,
        "predicted_price": quote.price,
        "currency": quote.currency,
        "valid_until": quote.valid_until,
        "signature": quote.signature,
    }


def test_v2_keeps_prices_within_the_rules(v2, monkeypatch):
    monkeypatch.setenv("PRICE_RULES", "borough,lowest,highest\nmanhattan,300,320\n")
    quote = v2.price()
    assert (quote.low, quote.price, quote.high) == (300.0, 300.0, 300.0)
    monkeypatch.setenv("PRICE_RULES", "borough,lowest,highest\nmanhattan,1,20\n")
    assert v2.price().price == 20.0
    assert v2.price(borough="queens").price > 20.0


@pytest.mark.parametrize("rules, message", [
    ("", "PRICE_RULES is not set: give it a value under `config` of this version"),
    ("borough;lowest;highest",
     "PRICE_RULES, line 1: expected 'borough,lowest,highest', found 'borough;lowest;highest'"),
    ("borough,lowest,highest\nqueens,30", "PRICE_RULES, line 2: expected three values, found 2"),
    ("borough,lowest,highest\n\nqueens,x,3", "PRICE_RULES, line 3: the prices must be numbers"),
    ("borough,lowest,highest\nqueens,9,3",
     "PRICE_RULES, line 2: the lowest must be above 0, the highest not below it"),
    ("borough,lowest,highest\nhoboken,1,3",
     "PRICE_RULES, line 2: 'hoboken' is no borough: use one of staten_island, bronx, queens, brooklyn, manhattan"),
])
def test_v2_explains_rules_it_cannot_read(v2, monkeypatch, rules, message):
    monkeypatch.setenv("PRICE_RULES", rules)
    with pytest.raises(Exception) as raised:
        v2.workflow("MakePrediction")
    assert str(raised.value) == message


@pytest.mark.parametrize("method", ["MakePrediction", "SavePredictionMetric"])
def test_v2_refuses_a_short_secret_without_showing_it(v2, monkeypatch, method):
    monkeypatch.setenv("API_SECRET", "hunter2")
    with pytest.raises(Exception) as raised:
        v2.workflow(method)
    assert str(raised.value) == "API_SECRET has 7 characters: use at least 16"


def test_the_rules_of_the_example_are_readable(v2, monkeypatch):
    with open(os.path.join(ROOM_PRICE, "config", "price-rules.csv"), encoding="utf-8") as file:
        monkeypatch.setenv("PRICE_RULES", file.read())
    assert v2.price().price > 45


def trained(version):
    """The committed model, with what training uses to judge it."""
    package = version.package
    features = package.module("src/room_price/features.py")
    estimator = package.module("src/room_price/estimator.py").Estimator.read(
        os.path.join(package.root, "models", "room_price.json"))
    return features, estimator


def fresh_bookings():
    """Bookings that no part of the training has used."""
    return load_module(os.path.join(ROOM_PRICE, "training", "dataset.py")).rows(600, seed=99)


def mean_absolute_error(version):
    features, estimator = trained(version)
    rows = fresh_bookings()
    return sum(abs(price - estimator.price(features.encode(request))) for request, price in rows) / len(rows)


def test_v2_is_far_better_than_v1_on_bookings_neither_has_seen(v1, v2):
    first, second = mean_absolute_error(v1), mean_absolute_error(v2)
    assert first < 20
    assert second < 10
    assert second < 0.6 * first


def test_the_interval_of_v2_holds_about_eight_of_ten_bookings(v2):
    features, estimator = trained(v2)
    inside = 0
    rows = fresh_bookings()
    for request, price in rows:
        low, high = estimator.interval(estimator.price(features.encode(request)))
        inside += low <= price <= high
    assert 0.75 < inside / len(rows) < 0.85


def test_the_documentation_tells_the_error_of_the_committed_model(version):
    with open(os.path.join(version.package.root, "models", "room_price.json"), encoding="utf-8") as file:
        error = json.load(file)["test"]
    with open(os.path.join(version.package.root, "docs", "README.md"), encoding="utf-8") as file:
        text = file.read()
    assert "%.2f USD" % error["mean_absolute_error"] in text
    assert "%.3f" % error["r_squared"] in text


def test_training_again_gives_the_committed_models_byte_for_byte():
    done = subprocess.run(
        [sys.executable, os.path.join(ROOM_PRICE, "train.py"), "--check"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_the_generated_code_belongs_to_the_protos(version):
    root = version.package.root
    protos = sorted(glob.glob(os.path.join(root, "*.proto")))
    assert [os.path.basename(proto) for proto in protos] == ["internal_nodes.proto", "public_input.proto"]
    for proto in protos:
        with open(proto, "rb") as file:
            digest = hashlib.sha256(file.read()).hexdigest()
        name = os.path.basename(proto)[: -len(".proto")]
        with open(os.path.join(root, "src", "room_price", name + "_pb2.py"), encoding="utf-8") as file:
            found = re.search("^# proto-sha256: (.*)$", file.read(), re.M).group(1)
        assert found == digest, "run examples/generate-protos"


def test_every_workflow_is_bound_to_a_method_of_the_entrypoint(version):
    manifest = version.package.manifest
    with open(os.path.join(version.package.root, manifest["entrypoint"]["proto"]), encoding="utf-8") as file:
        methods = re.findall(r"rpc (\w+)\(", file.read())
    assert sorted(workflow["entrypoint"] for workflow in manifest["workflows"]) == sorted(methods)
