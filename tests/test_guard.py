"""Who writes too fast is told so, kindly and with what to do in an emergency; nobody else is kept from the assistant."""
import ipaddress
import json

import pytest
from conftest import Server

from bot.guard import Guard, Limit, client, too_fast
from bot.serve import port_is_free

PROXIES = [ipaddress.ip_network(network) for network in ("10.0.0.0/8", "127.0.0.1/32", "fd00::/8")]


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def test_so_many_in_a_minute_and_then_again():
    clock = Clock()
    limit = Limit(3, clock)
    assert [limit.allows("a") for _ in range(5)] == [True, True, True, False, False] and limit.allows("b")
    clock.now = 59
    assert not limit.allows("a")
    clock.now = 60
    assert limit.allows("a")


def test_memory_is_bounded(monkeypatch):
    monkeypatch.setattr("bot.guard._MOST_KEYS", 10)
    limit = Limit(1, Clock())
    assert all(limit.allows(n) for n in range(100)) and len(limit._seen) <= 10


@pytest.mark.parametrize("peer, forwarded, trusted, expected", [
    ("127.0.0.1", "", [], ""), ("::1", "", [], ""),                                     # a program on this machine
    ("203.0.113.9", "", [], "203.0.113.9"),
    ("203.0.113.9", "198.51.100.1", [], "203.0.113.9"),                                 # no proxy of ours: its header counts for nothing
    ("203.0.113.9", "127.0.0.1", PROXIES, "203.0.113.9"),                               # ... nor can it name itself loopback
    ("127.0.0.1", "198.51.100.1", PROXIES, "198.51.100.1"),
    ("10.1.2.3", "6.6.6.6, 198.51.100.1, 10.9.9.9", PROXIES, "198.51.100.1"),           # what the client wrote itself stands before
    ("10.1.2.3", "198.51.100.1, rubbish", PROXIES, "10.1.2.3"),
    ("10.1.2.3", "", PROXIES, "10.1.2.3"),
    ("2001:db8:1:2:3::4", "", [], "2001:db8:1:2::/64"),                                 # a home has many addresses
    ("fe80::1%eth0", "", [], "fe80::/64"), ("", "", [], "unknown"),
])
def test_the_address_of_a_client(peer, forwarded, trusted, expected):
    assert client(peer, forwarded, trusted) == expected


def test_persons_and_addresses_have_limits_of_their_own():
    guard = Guard({"person": 2, "address": 5}, clock=Clock())
    assert [guard.passes("203.0.113.9", "", "a") for _ in range(3)] == [True, True, False]
    assert [guard.passes("203.0.113.9", "", person) for person in "bcd"] == [True, True, False]
    assert guard.passes("203.0.113.10", "", "b") and all(guard.passes("127.0.0.1", "", "a") for _ in range(50))


def test_a_danger_is_answered_even_then():
    first, second = too_fast("my legs are numb and I can't pee")
    assert "spine" in first and "wait a minute" in second and "{" not in first + second
    assert len(too_fast("what dose of letrozole should I take?")) == len(too_fast("")) == 1


@pytest.fixture(scope="module")
def place(model, tmp_path_factory):
    """A server in Ireland, behind a proxy on this machine, with narrow limits."""
    folder = tmp_path_factory.mktemp("place")
    (folder / "deployment.yml").write_text("country: IE\nlimits: {person: 3, address: 5}\ntrusted_proxies: [127.0.0.1]\n")
    port = next(p for p in range(5800, 5899) if port_is_free("127.0.0.1", p))
    server = Server(port, str(folder / "log"), {"DEPLOYMENT": str(folder / "deployment.yml")})
    yield server
    server.stop()


def ask(server, address, sender, text="hello"):
    return server.request("POST", "/webhooks/rest/webhook", {"sender": sender, "message": text}, {"X-Forwarded-For": address} if address else {})


@pytest.mark.model
def test_the_limits_hold_over_http(place):
    assert [ask(place, "198.51.100.1", "one")[0] for _ in range(4)] == [200, 200, 200, 429]
    status, body = ask(place, "198.51.100.1", "one", "my legs are numb and I can't pee")
    said = [reply["text"] for reply in json.loads(body)]
    assert status == 429 and "spine" in said[0] and "wait a minute" in said[1] and "112 or 999" in said[1]
    assert [ask(place, "198.51.100.2", f"p{n}")[0] for n in range(6)] == [200] * 5 + [429]
    assert ask(place, "198.51.100.3", "three")[0] == 200
    assert [ask(place, "", "direct")[0] for _ in range(8)] == [200] * 8          # a program on this machine


@pytest.mark.model
def test_the_numbers_are_those_of_the_country(place):
    said = json.loads(ask(place, "", "danger", "my legs went numb this morning and I can't pee")[1])
    assert "call 112 or 999" in said[0]["text"]
    said = json.loads(ask(place, "", "crisis", "I want to kill myself")[1])
    assert "Samaritans on 116 123" in said[0]["text"]
