"""The version's configuration. The engine gives every value of `config` to the nodes as an environment variable."""

import os


class ConfigError(Exception):
    """A value is missing or cannot be used. Raised in `init`, so that a wrong version does not become ready."""


def number(name, low, high):
    value = os.environ.get(name, "").strip()
    if not value:
        raise ConfigError("%s is not set: give it a value under `config` of this version" % name)
    try:
        parsed = float(value)
    except ValueError:
        raise ConfigError("%s is '%s': give a number from %g to %g" % (name, value, low, high))
    if not low <= parsed <= high:
        raise ConfigError("%s is %s: give a number from %g to %g" % (name, value, low, high))
    return parsed
