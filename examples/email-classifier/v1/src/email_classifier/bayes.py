"""The trained model: multinomial naive Bayes."""

import json
import math


class NaiveBayes:
    def __init__(self, model):
        self.categories = model["categories"]
        self.priors = model["priors"]
        self.words = model["words"]

    @classmethod
    def read(cls, path):
        with open(path, encoding="utf-8") as file:
            return cls(json.load(file))

    def classify(self, words):
        """The likeliest category, and its probability under the model. Words never seen in training say nothing."""
        scores = list(self.priors)
        for word in words:
            weights = self.words.get(word)
            if weights is not None:
                scores = [score + weight for score, weight in zip(scores, weights)]
        best = max(scores)
        odds = [math.exp(score - best) for score in scores]
        return self.categories[scores.index(best)], 1.0 / sum(odds)
