"""From a request to the numbers the model reads. `train.py` uses this very file."""

# In the order of what a room costs there: trees split an order, they need no column a label.
BOROUGHS = ("staten_island", "bronx", "queens", "brooklyn", "manhattan")
ROOM_TYPES = ("shared_room", "private_room", "entire_home")

NAMES = ("borough", "room_type", "guests", "bathrooms", "subway_minutes", "review_score", "month", "weekend")


class Unknown(ValueError):
    """A label the model was not trained with."""


class Missing(ValueError):
    """A value that is absent, or that cannot be."""


def encode(request):
    """The feature values, in the order of `NAMES`, of a mapping with the request's fields."""
    return [
        _label(request, "borough", BOROUGHS),
        _label(request, "room_type", ROOM_TYPES),
        _number(request, "guests", 1, 16),
        _number(request, "bathrooms", 0, 10),
        _number(request, "subway_minutes", 0, 240),
        _number(request, "review_score", 1, 5),
        _number(request, "month", 1, 12),
        float(bool(request["weekend"])),
    ]


def _label(request, name, known):
    given = request[name].strip().lower().replace(" ", "_").replace("-", "_")
    if not given:
        raise Missing("%s is missing: give one of %s" % (name, ", ".join(known)))
    if given not in known:
        raise Unknown("%s '%s' is unknown: give one of %s" % (name, request[name], ", ".join(known)))
    return float(known.index(given))


def _number(request, name, low, high):
    value = float(request[name])
    if not low <= value <= high:
        raise Missing("%s is %g: give a number from %d to %d" % (name, value, low, high))
    return value
