"""Signed quotes: a booking site can show a price to a guest and trust it when it comes back.

The signature is an HMAC-SHA256 with API_SECRET over everything a cheat would change.
"""

import hashlib
import hmac

from room_price.settings import ConfigError, required

SHORTEST_SECRET = 16
VALID_SECONDS = 24 * 60 * 60


class Signer:
    def __init__(self, secret):
        self._secret = secret.encode("utf-8")

    @classmethod
    def configured(cls):
        secret = required("API_SECRET")
        if len(secret) < SHORTEST_SECRET:
            # How long it is tells nobody the secret; the value itself is never printed.
            raise ConfigError("API_SECRET has %d characters: use at least %d" % (len(secret), SHORTEST_SECRET))
        return cls(secret)

    def sign(self, listing_id, cents, currency, valid_until):
        text = "\n".join(("room-price", listing_id, str(cents), currency, str(valid_until)))
        return hmac.new(self._secret, text.encode("utf-8"), hashlib.sha256).hexdigest()

    def accepts(self, signature, listing_id, cents, currency, valid_until):
        return hmac.compare_digest(signature, self.sign(listing_id, cents, currency, valid_until))
