"""The business' own limits, given as the file PRICE_RULES: they change without a new version."""

from room_price.features import BOROUGHS
from room_price.settings import ConfigError, required

HEADER = "borough,lowest,highest"


class PriceRules:
    """The lowest and the highest price a borough may be quoted at, in USD. A borough without a line has no limits."""

    def __init__(self, limits):
        self.limits = limits

    @classmethod
    def configured(cls):
        return cls.parse(required("PRICE_RULES"))

    @classmethod
    def parse(cls, text):
        lines = [line.strip() for line in text.splitlines()]
        if lines[0] != HEADER:
            raise ConfigError("PRICE_RULES, line 1: expected '%s', found '%s'" % (HEADER, lines[0]))
        limits = {}
        for number, line in enumerate(lines[1:], start=2):
            if line and not line.startswith("#"):
                borough, low, high = cls._row(number, line)
                limits[borough] = (low, high)
        return cls(limits)

    @staticmethod
    def _row(number, line):
        cells = [cell.strip() for cell in line.split(",")]
        if len(cells) != 3:
            raise ConfigError("PRICE_RULES, line %d: expected three values, found %d" % (number, len(cells)))
        if cells[0] not in BOROUGHS:
            raise ConfigError(
                "PRICE_RULES, line %d: '%s' is no borough: use one of %s" % (number, cells[0], ", ".join(BOROUGHS))
            )
        try:
            low, high = float(cells[1]), float(cells[2])
        except ValueError:
            raise ConfigError("PRICE_RULES, line %d: the prices must be numbers" % number)
        if not 0 < low <= high:
            raise ConfigError("PRICE_RULES, line %d: the lowest must be above 0, the highest not below it" % number)
        return cells[0], low, high

    def limited(self, borough, usd):
        low, high = self.limits.get(borough, (usd, usd))
        return min(max(usd, low), high)
