"""A synthetic, plausible book of New York room bookings.

Nobody's data is in here. Prices follow a made-up rule with the traits real ones have: effects that multiply,
thresholds (a highly rated host, a long walk to the subway), interactions (a second bathroom helps a whole home, not a
shared room) and noise nobody can predict. The same seed gives the same rows on every machine.
"""

import random

BOROUGH_BASE = {"manhattan": 120.0, "brooklyn": 85.0, "queens": 65.0, "bronx": 52.0, "staten_island": 50.0}
BOROUGH_SHARE = {"manhattan": 0.40, "brooklyn": 0.35, "queens": 0.15, "bronx": 0.06, "staten_island": 0.04}
ROOM_FACTOR = {"entire_home": 1.0, "private_room": 0.52, "shared_room": 0.31}
ROOM_SHARE = {"entire_home": 0.52, "private_room": 0.43, "shared_room": 0.05}
SEASON = (0.84, 0.86, 0.93, 1.0, 1.06, 1.08, 1.05, 1.02, 1.10, 1.08, 0.98, 1.20)

# What no model can learn: the standard deviation of the noise, as a part of the price.
NOISE = 0.10


def rows(count, seed):
    """`count` bookings as (request fields, price in USD per night) pairs."""
    source = random.Random(seed)
    return [_row(source) for _ in range(count)]


def _row(source):
    borough = _pick(source, BOROUGH_SHARE)
    room_type = _pick(source, ROOM_SHARE)
    entire = room_type == "entire_home"
    guests = 1 + int(source.random() * (6 if entire else 3))
    bathrooms = 1.0 + (0.5 * int(source.random() * 4) if entire else 0.0)
    subway_minutes = 1 + int(source.random() * source.random() * 40)
    review_score = round(5.0 - 1.8 * source.random() * source.random(), 1)
    month = 1 + int(source.random() * 12)
    weekend = source.random() < 0.35
    request = {
        "borough": borough,
        "room_type": room_type,
        "guests": guests,
        "bathrooms": bathrooms,
        "subway_minutes": subway_minutes,
        "review_score": review_score,
        "month": month,
        "weekend": weekend,
    }
    return request, _price(request, _normal(source))


def _price(request, noise):
    entire = request["room_type"] == "entire_home"
    price = BOROUGH_BASE[request["borough"]] * ROOM_FACTOR[request["room_type"]]
    price *= 1.0 + (0.19 if entire else 0.07) * (request["guests"] - 1)
    price *= 1.0 + (0.14 * (request["bathrooms"] - 1.0) if entire else 0.0)
    walk = min(request["subway_minutes"], 20)
    price *= 1.0 - (0.006 if request["borough"] == "manhattan" else 0.016) * walk
    price *= 0.84 + 0.04 * request["review_score"] + (0.09 if request["review_score"] >= 4.8 else 0.0)
    price *= SEASON[request["month"] - 1]
    if request["weekend"]:
        price *= 0.97 if request["borough"] == "manhattan" else 1.13
    return round(max(price * (1.0 + NOISE * noise), 15.0), 2)


def _pick(source, shares):
    point, total = source.random(), 0.0
    for name, share in shares.items():
        total += share
        if point < total:
            return name
    return next(reversed(list(shares)))


def _normal(source):
    """Nearly normal, by adding twelve uniforms: no logarithms, so the same on every machine."""
    total = 0.0
    for _ in range(12):
        total += source.random()
    return total - 6.0
