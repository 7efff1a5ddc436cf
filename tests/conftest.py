"""What the tests of the whole assistant share: a trained model, an agent in this process, a server beside it."""
import asyncio
import http.client
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PYTHON = [sys.executable, "-W", "ignore", "-m", "bot.cli"]


def command(*arguments, cwd=ROOT, timeout=300):
    """Run one command of the project and return the finished process, its output as text."""
    return subprocess.run([*PYTHON, *arguments], cwd=cwd, capture_output=True, text=True, timeout=timeout)


@pytest.fixture(scope="session")
def model():
    """The path of a model for the present data, trained now if there is none."""
    from bot.cli import model_path

    if not model_path().exists():
        done = command("train", timeout=600)
        assert done.returncode == 0, done.stdout + done.stderr
    return model_path()


class Talk:
    """An agent in this process, asked synchronously."""

    def __init__(self, agent, loop):
        self.agent, self._loop = agent, loop

    def say(self, text, sender="t"):
        """Return the replies to a message as a list of dicts."""
        from bot.serve import replies

        return self._loop.run_until_complete(replies(self.agent, text, sender))

    def parse(self, text):
        """Return what is understood of a message."""
        return self._loop.run_until_complete(self.agent.parse_message(text))


@pytest.fixture(scope="session")
def talk(model, tmp_path_factory):
    from bot import serve

    serve.prepare()
    loop = asyncio.new_event_loop()
    agent = loop.run_until_complete(serve.load_agent(model, database=str(tmp_path_factory.mktemp("talk") / "c.db")))
    yield Talk(agent, loop)
    loop.close()


class Server:
    """The assistant as `make run` starts it."""

    def __init__(self, port, log, environment=()):
        self.port, self._log = port, log
        with open(log, "w") as out:
            self.process = subprocess.Popen([*PYTHON, "run", "--port", str(port)], cwd=ROOT, stdout=out, stderr=subprocess.STDOUT, env={**os.environ, **dict(environment)})
        until = time.monotonic() + 120
        while "Ready: " not in self.log():
            assert self.process.poll() is None and time.monotonic() < until, self.log()
            time.sleep(0.1)

    def log(self):
        return Path(self._log).read_text(encoding="utf-8")

    def request(self, method, path, body=None, headers=None):
        """Return (status, body) of a request; a dict is sent as JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        raw = json.dumps(body).encode() if isinstance(body, (dict, list)) else body
        connection.request(method, path, raw, {"Content-Type": "application/json", **(headers or {})})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()

    def say(self, text, sender="s"):
        """Return the replies of the REST channel."""
        status, body = self.request("POST", "/webhooks/rest/webhook", {"sender": sender, "message": text})
        assert status == 200, body
        return json.loads(body)

    def stop(self, how=signal.SIGINT):
        self.process.send_signal(how)
        return self.process.wait(30)


@pytest.fixture(scope="session")
def server(model, tmp_path_factory):
    from bot.serve import port_is_free

    port = next(p for p in range(5900, 5999) if port_is_free("127.0.0.1", p))
    running = Server(port, str(tmp_path_factory.mktemp("server") / "log"))
    yield running
    if running.process.poll() is None:
        running.stop()


@pytest.fixture
def copy(tmp_path):
    """A copy of the project without models and environment, to be broken."""
    import shutil

    target = tmp_path / "project"
    shutil.copytree(ROOT, target, ignore=shutil.ignore_patterns(".git", ".venv", ".uv", ".rasa", "models", "var", "results", "__pycache__", "tests"))
    return target
