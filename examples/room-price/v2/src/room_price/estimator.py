"""The trained model: many small trees whose leaves are added up."""

import json

LOWEST_PRICE = 15.0  # USD


class Estimator:
    def __init__(self, model):
        self.features = model["features"]
        self.base = model["base"]
        self.trees = model["trees"]
        self.low = model["low"]
        self.high = model["high"]

    @classmethod
    def read(cls, path):
        with open(path, encoding="utf-8") as file:
            return cls(json.load(file))

    def price(self, values):
        """USD per night."""
        total = self.base
        for node in self.trees:
            while isinstance(node, list):
                feature, threshold, left, right = node
                node = left if values[feature] < threshold else right
            total += node
        return max(total, LOWEST_PRICE)

    def interval(self, price):
        """Between what and what eight of ten such rooms are booked."""
        return price * self.low, price * self.high
