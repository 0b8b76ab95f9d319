"""Prices in the currency the version is configured with."""

import json

from room_price.settings import ConfigError, required


class Currency:
    def __init__(self, code, rate):
        self.code = code
        self.rate = rate

    @classmethod
    def configured(cls, path):
        """The currency of OUTPUT_PRICE_CURRENCY, at the rate in the package's table."""
        with open(path, encoding="utf-8") as file:
            rates = json.load(file)["usd_to"]
        code = required("OUTPUT_PRICE_CURRENCY")
        if code not in rates:
            raise ConfigError(
                "OUTPUT_PRICE_CURRENCY is '%s': this version quotes in %s" % (code, ", ".join(sorted(rates)))
            )
        return cls(code, rates[code])

    def cents(self, usd):
        """An amount in USD as whole cents of this currency."""
        return int(usd * self.rate * 100 + 0.5)
