#!/usr/bin/env python3
"""Train the classifier and write it into its package.

    examples/email-classifier/train.py            write v1/models/email_classifier.json
    examples/email-classifier/train.py --check    fail when the committed model is not what this script makes

The mails are made up from the phrases below. The same seed gives the same mails, and the same bytes, on every machine.
"""

import collections
import importlib.util
import json
import math
import os
import random
import sys

sys.dont_write_bytecode = True  # a package folder is packed as it is: leave no caches in it

HERE = os.path.dirname(os.path.abspath(__file__))
MODEL = os.path.join("v1", "models", "email_classifier.json")
TRAINING_MAILS, TEST_MAILS = 1200, 600
STRAY = 0.25        # how often a mail also has a sentence of another category
SHORTEST_COUNT = 3  # words rarer than this teach nothing

PHRASES = {
    "administration": [
        "please send me a copy of my lease", "i would like to renew my contract for another year",
        "what is the notice period when i move out", "can i add my partner to the tenancy agreement",
        "i need a letter that confirms my address", "who has the keys to the bicycle room",
        "may i keep a small dog in the flat", "when is the next viewing of the apartment",
        "my phone number has changed please update my file", "i want to terminate my lease at the end of june",
        "could we make an appointment to sign the documents", "please register my new flatmate",
        "where can i park a visitor s car", "is subletting allowed under my agreement",
    ],
    "billing": [
        "the invoice for march is higher than usual", "i have paid the rent twice this month",
        "please explain the heating costs on my statement", "when will you refund my deposit",
        "my bank account has changed please use the new iban", "the direct debit was returned by my bank",
        "can i pay the outstanding amount in two instalments", "i received a reminder although the rent is paid",
        "the service charge statement contains an error", "please send the receipt for my payment",
        "what is the balance of my account", "the late fee on the invoice is not justified",
        "how do i set up a standing order for the rent", "you charged me for water that i did not use",
    ],
    "repairs": [
        "the boiler is broken and there is no hot water", "water is dripping from the kitchen ceiling",
        "the heating does not work in the bedroom", "the toilet is blocked and will not flush",
        "a pipe has burst under the sink", "the front door lock is jammed", "the window does not close any more",
        "there is mould on the bathroom wall", "the lift is stuck on the third floor",
        "the light in the stairwell is broken", "the washing machine leaks and the floor is wet",
        "a socket in the hallway gives off sparks", "the radiator makes a loud noise and stays cold",
        "please send a plumber to fix the leaking tap",
    ],
    "spam": [
        "congratulations you have won a prize", "click here to claim your free voucher",
        "cheap loans approved in minutes without any checks", "earn money from home with this simple trick",
        "limited offer buy now and save ninety percent", "your parcel is waiting click the link to confirm",
        "lose weight fast with our miracle pills", "exclusive casino bonus for new members",
        "invest in crypto today and double your money", "unsubscribe from this newsletter at any time",
        "meet singles in your area tonight", "best prices on luxury watches", "act now this offer ends today",
        "verify your password at the link below",
    ],
}
SMALL_TALK = [
    "good morning", "dear sir or madam", "hello", "i hope you are well", "thank you very much", "kind regards",
    "i live on the second floor", "i have written about this before", "please call me back", "it is rather urgent",
    "many thanks in advance", "sorry to bother you again",
]


def module(*path):
    """Load a Python file by its path, under a name of its own."""
    spec = importlib.util.spec_from_file_location("_".join(path).replace(".", "_"), os.path.join(HERE, *path))
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


words = module("v1", "src", "email_classifier", "words.py").words
NaiveBayes = module("v1", "src", "email_classifier", "bayes.py").NaiveBayes


def mails(count, seed):
    """`count` (text, category) pairs, every category about as often as the others."""
    source = random.Random(seed)
    return [_mail(source) for _ in range(count)]


def _mail(source):
    category = _pick(source, sorted(PHRASES))
    sentences = [_pick(source, SMALL_TALK)] + [_pick(source, PHRASES[category]) for _ in range(2)]
    if source.random() < STRAY:
        sentences.append(_pick(source, PHRASES[_pick(source, sorted(PHRASES))]))
    sentences.append(_pick(source, SMALL_TALK))
    kept = [word for sentence in sentences for word in sentence.split() if source.random() > 0.2]
    return " ".join(kept), category


def _pick(source, choices):
    return choices[int(source.random() * len(choices))]


def train():
    categories = sorted(PHRASES)
    mail_counts = collections.Counter()
    word_counts = {category: collections.Counter() for category in categories}
    for text, category in mails(TRAINING_MAILS, seed=1):
        mail_counts[category] += 1
        word_counts[category].update(words(text))
    everything = collections.Counter()
    for counts in word_counts.values():
        everything.update(counts)
    vocabulary = sorted(word for word, count in everything.items() if count >= SHORTEST_COUNT)
    totals = {category: sum(word_counts[category][word] for word in vocabulary) for category in categories}
    model = {
        "kind": "multinomial naive Bayes",
        "categories": categories,
        "priors": [round(math.log(mail_counts[category] / TRAINING_MAILS), 3) for category in categories],
        "words": {
            word: [
                round(math.log((word_counts[category][word] + 1) / (totals[category] + len(vocabulary))), 3)
                for category in categories
            ]
            for word in vocabulary
        },
    }
    model["test"] = {"mails": TEST_MAILS, "accuracy": round(accuracy(NaiveBayes(model), seed=2), 3)}
    return model


def accuracy(model, seed):
    rows = mails(TEST_MAILS, seed)
    return sum(model.classify(words(text))[0] == category for text, category in rows) / len(rows)


def text_of(model):
    """JSON with one line a key and one line a word, so that a changed model reads well as a diff."""
    lines = []
    for key, value in model.items():
        if key == "words":
            rows = ",\n".join("    %s: %s" % (json.dumps(word), json.dumps(weights)) for word, weights in value.items())
            lines.append('  "words": {\n%s\n  }' % rows)
        else:
            lines.append("  %s: %s" % (json.dumps(key), json.dumps(value)))
    return "{\n%s\n}\n" % ",\n".join(lines)


def main(arguments):
    if arguments not in ([], ["--check"]):
        sys.exit("usage: train.py [--check]")
    made = text_of(train())
    place = os.path.join(HERE, MODEL)
    if not arguments:
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with open(place, "w", encoding="utf-8", newline="\n") as file:
            file.write(made)
        print("wrote " + MODEL)
        return
    with open(place, encoding="utf-8", newline="") as file:
        if file.read() != made:
            sys.exit("not what train.py makes: %s. Run train.py and commit, under a new version name." % MODEL)


if __name__ == "__main__":
    main(sys.argv[1:])
