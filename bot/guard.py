"""How much one person and one address may send, so that nobody can keep the assistant from the others. Knows nothing of Sanic and Rasa."""
import ipaddress
import logging
import time
from collections import OrderedDict, deque
from functools import lru_cache

from bot.deployment import deployment, fill
from bot.safety import screen

log = logging.getLogger(__name__)
WINDOW = 60                 # seconds in which messages are counted
_MOST_KEYS = 20_000         # persons and addresses that are remembered; the one longest silent is forgotten first
_IPV6_HOME = 64             # bits of an IPv6 address that stand for one subscriber
TOO_FAST = ("You are writing faster than I can answer. Please wait a minute, then send your message again. "
            "If you feel unwell or worried, call {team_line}. In an emergency, call {emergency}.")


class Limit:
    """At most so many messages of one key in any WINDOW of seconds."""

    def __init__(self, most: int, clock=time.monotonic):
        self._most, self._clock, self._seen = most, clock, OrderedDict()

    def allows(self, key) -> bool:
        """Count a message of a key and say whether it may pass; one that may not is not counted."""
        now, times = self._clock(), self._seen.pop(key, deque())
        self._seen[key] = times
        while times and times[0] <= now - WINDOW:
            times.popleft()
        while len(self._seen) > _MOST_KEYS:
            self._seen.popitem(last=False)
        if len(times) >= self._most:
            return False
        times.append(now)
        return True


def client(peer: str, forwarded: str, trusted) -> str:
    """Return the address that a request comes from, "" for a program on this machine, which is not limited.

    `peer` is the address of the connection, `forwarded` the X-Forwarded-For header, `trusted` the networks of our own proxies: each of them
    wrote down whom it got the request from, so the last address that is not theirs is the client's. Whoever is no proxy of ours cannot
    choose an address by the header.
    """
    hops = [*forwarded.split(","), peer]
    address = None
    for hop in reversed(hops):
        try:
            address = ipaddress.ip_address(hop.strip().split("%")[0])
        except ValueError:                  # nonsense in the header: the proxy that passed it on
            break
        if not any(address in network for network in trusted):
            break
    if address is None:
        return "unknown"
    if address.is_loopback:
        return ""
    return str(ipaddress.ip_network((address, _IPV6_HOME), strict=False)) if address.version == 6 else str(address)


class Guard:
    """The limits of a deployment."""

    def __init__(self, limits: dict, trusted=(), clock=time.monotonic):
        self._persons, self._addresses, self._trusted = Limit(limits["person"], clock), Limit(limits["address"], clock), tuple(trusted)

    def passes(self, peer: str, forwarded: str, person: str) -> bool:
        """Say whether a message may be answered now; a refusal is logged without the words."""
        address = client(peer, forwarded, self._trusted)
        if not address:
            return True
        if self._addresses.allows(address) and self._persons.allows(person):
            return True
        log.error("rate limit reached: a message was not answered")
        return False


def too_fast(text: str) -> list:
    """Return what is said instead of an answer: what to do first, if the patterns see a danger, then that it was too fast."""
    return [fill(line) for line in [*(s.say for s in screen().find(text)[:1] if s.level != "limit"), TOO_FAST]]


@lru_cache(maxsize=1)
def guard() -> Guard:
    """Return the one Guard of this process."""
    return Guard(deployment()["limits"], deployment()["trusted_proxies"])
