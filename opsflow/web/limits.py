"""How often one address may follow links: enough for people, too little for guessing."""

from collections import OrderedDict
from datetime import datetime, timedelta
from threading import Lock

WINDOW = timedelta(minutes=1)
MOST_ADDRESSES = 4096


class Limit:
    """Counts per address and minute; it remembers a bounded number of addresses and forgets the oldest."""

    def __init__(self, per_window: int) -> None:
        self.per_window = per_window
        self._lock = Lock()
        self._seen: OrderedDict[str, tuple[datetime, int]] = OrderedDict()

    def allows(self, address: str, *, now: datetime) -> bool:
        """Count one more of an address; False when it has had its share of this minute."""
        with self._lock:
            began, count = self._seen.pop(address, (now, 0))
            if now - began >= WINDOW:
                began, count = now, 0
            self._seen[address] = (began, count + 1)
            while len(self._seen) > MOST_ADDRESSES:
                self._seen.popitem(last=False)
            return count < self.per_window
