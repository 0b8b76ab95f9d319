"""Waits, a request, for everything its answer needs."""

import collections


class Joining:
    """Remembers the latest `limit` requests. Messages may arrive in any order, and more than once."""

    def __init__(self, limit=1000):
        self._limit = limit
        self._requests = collections.OrderedDict()

    def sorted(self, request_id, message):
        self._entry(request_id)["sorted"] = message
        return self._complete(request_id)

    def work_order(self, request_id, message):
        self._entry(request_id)["work_orders"][message.email_id] = message
        return self._complete(request_id)

    def _entry(self, request_id):
        entry = self._requests.setdefault(request_id, {"sorted": None, "work_orders": {}, "answered": False})
        while len(self._requests) > self._limit:
            self._requests.popitem(last=False)
        return entry

    def _complete(self, request_id):
        """(sorted, work orders in the order of the emails) the first time that nothing is missing, else None."""
        entry = self._requests[request_id]
        if entry["answered"] or entry["sorted"] is None:
            return None
        repairs = entry["sorted"].repairs
        if any(email_id not in entry["work_orders"] for email_id in repairs):
            return None
        entry["answered"] = True
        return entry["sorted"], [entry["work_orders"][email_id] for email_id in repairs]
