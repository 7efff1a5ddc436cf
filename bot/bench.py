"""Speed and size over HTTP, beside a stock `rasa init` bot in the same run: `make bench`."""
import http.client
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bot.serve import port_is_free
from bot.store import ROOT, store

CLIENTS, EACH = 8, 40
LIMITS = {"turn10": 30, "growth": 1.5, "start": 15, "train": 180, "memory": 500, "ratio": 3}


def _port() -> int:
    return next(port for port in range(5801, 5900) if port_is_free("127.0.0.1", port))


class Server:
    """A server process with a REST channel, stopped on exit."""

    def __init__(self, command, folder, is_ready):
        self.port = _port()
        self._command, self._folder, self._is_ready = [part.format(port=self.port) for part in command], folder, is_ready

    def __enter__(self):
        began = time.perf_counter()
        environment = {**os.environ, "RASA_TELEMETRY_ENABLED": "false", "PYTHONWARNINGS": "ignore"}
        self._process = subprocess.Popen(self._command, cwd=self._folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not self._is_ready(self):
            if self._process.poll() is not None or time.perf_counter() - began > 240:
                raise SystemExit(f"{' '.join(self._command)} did not start")
            time.sleep(0.05)
        self.start = time.perf_counter() - began
        return self

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait(20)

    def get(self, path) -> int:
        """Return the status of a GET, 0 while nobody listens."""
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            connection.request("GET", path)
            return connection.getresponse().status
        except OSError:
            return 0

    def memory(self) -> float:
        """Return the resident memory in MB."""
        pages = int(Path(f"/proc/{self._process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    def talk(self, messages, sender="") -> list:
        """Send messages one after another in one conversation; return each turn's milliseconds."""
        sender, took = sender or uuid.uuid4().hex, []
        bodies = [json.dumps({"sender": sender, "message": text}).encode() for text in messages]
        head = "POST /webhooks/rest/webhook HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as line:       # a plain socket: the client shares the cores
            for body in bodies:
                began = time.perf_counter()
                line.sendall((head % len(body)).encode() + body)
                answer = _receive(line)
                took.append((time.perf_counter() - began) * 1000)
                if b'"text"' not in answer:
                    raise SystemExit(f"no answer to: {body.decode()}")
        return took


def _receive(line) -> bytes:
    """Return the body of one HTTP response that states its length."""
    got = b""
    while b"\r\n\r\n" not in got:
        got += line.recv(65536)
    head, _, body = got.partition(b"\r\n\r\n")
    length = int(re.search(rb"content-length: *(\d+)", head, re.I)[1])
    while len(body) < length:
        body += line.recv(65536)
    return body


def measure(server, messages) -> dict:
    """Return medians of turn 10 and turn 100 (ms), messages a second at 8 clients, and memory (MB)."""
    server.talk(messages[:5])
    turns = [server.talk((messages * 8)[i:i + 102]) for i in range(3)]
    shares = [(messages * 8)[i * EACH:(i + 1) * EACH] for i in range(CLIENTS)]
    began = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(server.talk, shares))
    rate = CLIENTS * EACH / (time.perf_counter() - began)
    return {"start": server.start, "turn10": statistics.median(t for row in turns for t in row[7:12]), "turn100": statistics.median(t for row in turns for t in row[97:102]),
            "rate": rate, "memory": server.memory()}


def _ours(python):
    print("Training ours from a clean cache ...", flush=True)
    began = time.perf_counter()
    subprocess.run([python, "-m", "bot.cli", "train", "--fresh"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    train = time.perf_counter() - began
    print("Serving ours ...", flush=True)
    messages = sorted((f.title for f in store().shown()), key=lambda title: (abs(len(title) - 60), title))[:60]
    with Server([python, "-m", "bot.cli", "run", "--port", "{port}"], ROOT, lambda s: s.get("/health/ready") == 200) as server:
        return {"train": train, **measure(server, messages)}


def _stock(python, folder):
    print("Training a stock `rasa init` bot (some minutes) ...", flush=True)
    rasa = str(Path(python).with_name("rasa"))
    environment = {**os.environ, "RASA_TELEMETRY_ENABLED": "false"}
    began = time.perf_counter()
    subprocess.run([rasa, "init", "--no-prompt", "--init-dir", folder], check=True, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    train = time.perf_counter() - began
    print("Serving the stock bot ...", flush=True)
    messages = ["hello there, I hope that you have a really good morning now", "I am so very sad today because of everything that goes on",
                "are you a bot or am I talking to a real human being there?", "goodbye then, it was nice to talk to you, see you tomorrow"] * 15
    with Server([rasa, "run", "--port", "{port}", "--interface", "127.0.0.1"], folder, lambda s: s.get("/") == 200) as server:
        return {"train": train, **measure(server, messages)}


def main():
    """Print the table; exit status 1 if a promise of the README is not kept."""
    ours = _ours(sys.executable)
    with tempfile.TemporaryDirectory() as folder:
        stock = _stock(sys.executable, folder)
    rows = [("turn 10, 60 characters, median", "turn10", "ms"), ("turn 100, median", "turn100", "ms"), ("start to ready", "start", "s"), ("training, clean cache", "train", "s"),
            ("resident memory", "memory", "MB"), (f"messages a second, {CLIENTS} clients", "rate", "/s")]
    print(f"\n{'':34}{'ours':>10}{'stock':>10}")
    for title, key, unit in rows:
        print(f"{title:34}{ours[key]:>10.1f}{stock[key]:>10.1f} {unit}")
    kept = {
        f"turn 10 within {LIMITS['turn10']} ms": ours["turn10"] <= LIMITS["turn10"],
        f"turn 100 within {LIMITS['growth']} times turn 10": ours["turn100"] <= LIMITS["growth"] * ours["turn10"],
        f"ready within {LIMITS['start']} s": ours["start"] <= LIMITS["start"],
        f"trained within {LIMITS['train']} s": ours["train"] <= LIMITS["train"],
        f"within {LIMITS['memory']} MB": ours["memory"] <= LIMITS["memory"],
        f"{LIMITS['ratio']} times the messages of stock": ours["rate"] >= LIMITS["ratio"] * stock["rate"],
    }
    print("\n" + "\n".join(f"{'kept' if good else 'NOT KEPT':9} {title}" for title, good in kept.items()))
    return int(not all(kept.values()))


if __name__ == "__main__":
    sys.exit(main())
