#!/usr/bin/env python3
"""Train the models of both versions and write them into their packages.

    examples/room-price/train.py            write v1/models and v2/models
    examples/room-price/train.py --check    fail when a committed model is not what this script makes

It needs nothing but Python, takes a few seconds and gives the same bytes on every machine. Features come from the
packages' own code, so that what a model learnt from is what it is served with.
"""

import importlib.util
import json
import os
import sys

sys.dont_write_bytecode = True  # a package folder is packed as it is: leave no caches in it

HERE = os.path.dirname(os.path.abspath(__file__))
TRAINING_ROWS, CALIBRATION_ROWS, TEST_ROWS = 2400, 800, 1200
COVERAGE = 0.8


def module(*path):
    """Load a Python file by its path, under a name of its own."""
    place = os.path.join(HERE, *path)
    spec = importlib.util.spec_from_file_location("_".join(path).replace("-", "_").replace(".", "_"), place)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


dataset, ridge, boosting = (module("training", name + ".py") for name in ("dataset", "ridge", "boosting"))


def train_v1():
    features = module("v1", "src", "room_price", "features.py")
    inputs, prices = encoded(features, dataset.rows(TRAINING_ROWS, seed=1))
    weights, intercept = ridge.fit(inputs, prices, penalty=2.0)
    model = {
        "kind": "ridge",
        "features": list(features.NAMES),
        "intercept": round(intercept, 4),
        "weights": [round(weight, 4) for weight in weights],
    }
    model["test"] = errors(features, module("v1", "src", "room_price", "estimator.py").Estimator(model))
    return model


def train_v2():
    features = module("v2", "src", "room_price", "features.py")
    inputs, prices = encoded(features, dataset.rows(TRAINING_ROWS, seed=1))
    base, trees = boosting.fit(inputs, prices, trees=160, depth=3, rate=0.15, smallest_leaf=12)
    model = {
        "kind": "boosted trees",
        "features": list(features.NAMES),
        "base": base,
        "low": 1.0,
        "high": 1.0,
        "trees": trees,
    }
    estimator = module("v2", "src", "room_price", "estimator.py").Estimator
    model["low"], model["high"] = interval(features, estimator(model))
    model["test"] = errors(features, estimator(model))
    return model


def encoded(features, rows):
    return [features.encode(request) for request, _ in rows], [price for _, price in rows]


def interval(features, estimator):
    """Factors around an estimate that held `COVERAGE` of bookings the model was not trained on."""
    rows = dataset.rows(CALIBRATION_ROWS, seed=2)
    ratios = sorted(price / estimator.price(features.encode(request)) for request, price in rows)
    margin = (1.0 - COVERAGE) / 2.0
    return round(ratios[int(margin * len(ratios))], 4), round(ratios[int((1.0 - margin) * len(ratios))], 4)


def errors(features, estimator):
    """How wrong the model is on bookings it has never seen, in USD and as a part of what varies."""
    rows = dataset.rows(TEST_ROWS, seed=3)
    prices = [price for _, price in rows]
    estimates = [estimator.price(features.encode(request)) for request, _ in rows]
    mean = added(prices) / len(prices)
    missed = added((price - estimate) ** 2 for price, estimate in zip(prices, estimates))
    spread = added((price - mean) ** 2 for price in prices)
    absolute = added(abs(price - estimate) for price, estimate in zip(prices, estimates)) / len(prices)
    return {"rows": len(rows), "mean_absolute_error": round(absolute, 2), "r_squared": round(1.0 - missed / spread, 3)}


def added(values):
    """Added one by one: `sum` of newer Pythons rounds differently."""
    total = 0.0
    for value in values:
        total += value
    return total


def text(model):
    """JSON with one line a key and one line a tree, so that a changed model reads well as a diff."""
    lines = []
    for key, value in model.items():
        if key == "trees":
            rows = ",\n".join("    " + json.dumps(tree, separators=(",", ":")) for tree in value)
            lines.append('  "trees": [\n%s\n  ]' % rows)
        else:
            lines.append("  %s: %s" % (json.dumps(key), json.dumps(value)))
    return "{\n%s\n}\n" % ",\n".join(lines)


MODELS = {
    os.path.join("v1", "models", "room_price.json"): train_v1,
    os.path.join("v2", "models", "room_price.json"): train_v2,
}


def main(arguments):
    if arguments not in ([], ["--check"]):
        sys.exit("usage: train.py [--check]")
    stale = []
    for path, train in MODELS.items():
        made = text(train())
        place = os.path.join(HERE, path)
        if not arguments:
            os.makedirs(os.path.dirname(place), exist_ok=True)
            with open(place, "w", encoding="utf-8", newline="\n") as file:
                file.write(made)
            print("wrote " + path)
            continue
        with open(place, encoding="utf-8", newline="") as file:
            if file.read() != made:
                stale.append(path)
    if stale:
        sys.exit("not what train.py makes: %s. Run train.py and commit, under a new version name." % ", ".join(stale))


if __name__ == "__main__":
    main(sys.argv[1:])
