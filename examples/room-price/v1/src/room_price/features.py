"""From a request to the numbers the model reads. `train.py` uses this very file."""

BOROUGHS = ("manhattan", "brooklyn", "queens", "bronx", "staten_island")
ROOM_TYPES = ("entire_home", "private_room", "shared_room")

NAMES = (
    tuple("borough_" + name for name in BOROUGHS)
    + tuple("room_" + name for name in ROOM_TYPES)
    + ("guests", "bathrooms", "subway_minutes", "review_score", "weekend")
    + tuple("month_%d" % month for month in range(1, 13))
)


class Unknown(ValueError):
    """A label the model was not trained with."""


class Missing(ValueError):
    """A value that is absent, or that cannot be."""


def encode(request):
    """The feature values, in the order of `NAMES`, of a mapping with the request's fields."""
    borough = _label(request, "borough", BOROUGHS)
    room_type = _label(request, "room_type", ROOM_TYPES)
    month = _number(request, "month", 1, 12)
    return (
        [float(name == borough) for name in BOROUGHS]
        + [float(name == room_type) for name in ROOM_TYPES]
        + [
            _number(request, "guests", 1, 16),
            _number(request, "bathrooms", 0, 10),
            _number(request, "subway_minutes", 0, 240),
            _number(request, "review_score", 1, 5),
            float(bool(request["weekend"])),
        ]
        + [float(month == number) for number in range(1, 13)]
    )


def _label(request, name, known):
    given = request[name].strip().lower().replace(" ", "_").replace("-", "_")
    if not given:
        raise Missing("%s is missing: give one of %s" % (name, ", ".join(known)))
    if given not in known:
        raise Unknown("%s '%s' is unknown: give one of %s" % (name, request[name], ", ".join(known)))
    return given


def _number(request, name, low, high):
    value = float(request[name])
    if not low <= value <= high:
        raise Missing("%s is %g: give a number from %d to %d" % (name, value, low, high))
    return value
