"""The version's configuration. The engine gives every value of `config` to the nodes as an environment variable."""

import os


class ConfigError(Exception):
    """A value is missing or cannot be used. Raised in `init`, so that a wrong version does not become ready."""


def required(name):
    value = os.environ.get(name, "").strip()
    if not value:
        raise ConfigError("%s is not set: give it a value under `config` of this version" % name)
    return value
