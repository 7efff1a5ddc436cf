"""The server process: endpoints, channels, limits, health. Started by `bot.cli`, in place of `rasa run`."""
import asyncio
import json
import logging
import os
import socket
import sys
import warnings
from pathlib import Path

from threadpoolctl import threadpool_limits

from bot import tensorless
from bot.store import ROOT

MAX_BODY = 64 * 1024        # bytes of one request
log = logging.getLogger(__name__)


class CannotStart(Exception):
    """The server cannot start; the text says why and what to do."""


def quiet():
    """Silence the known warnings of the libraries and everything that could print a person's words."""
    warnings.filterwarnings("ignore")
    warnings.showwarning = lambda *args, **kwargs: None         # some libraries switch their warnings on again
    os.environ["LOG_LEVEL"] = "ERROR"                           # Rasa draws its progress bars below that
    os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
    os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
    os.environ["SANIC_REQUEST_MAX_SIZE"] = str(MAX_BODY)
    logging.basicConfig(format="%(levelname)s %(name)s %(message)s", level=logging.ERROR, force=True)
    for noisy in ("rasa", "sanic", "sanic.root", "sanic.error", "sanic.access", "matplotlib", "aiohttp", "apscheduler", "asyncio", "rasa_sdk"):
        logging.getLogger(noisy).setLevel(logging.CRITICAL)


def prepare():
    """Make `import rasa` cheap and quiet; call it before anything that imports Rasa."""
    quiet()
    tensorless.install()
    from rasa.utils.log_utils import configure_structlog

    configure_structlog(logging.CRITICAL)
    quiet()
    import rasa.model
    import rasa.shared.utils.cli

    rasa.model.project_fingerprint = lambda: None               # asks git, which complains outside a checkout
    rasa.shared.utils.cli.print_success = lambda *words: None
    _compile_action_schema()
    _remember_event_types()


def _remember_event_types():
    """Look up each event class once: Rasa 3.6.21 walks all subclasses of Event for every event it reads back (6 ms a turn)."""
    from functools import lru_cache

    from rasa.shared.core.events import Event

    Event.resolve_by_type = staticmethod(lru_cache(maxsize=None)(Event.resolve_by_type))


def _compile_action_schema():
    """Compile the schema of action results once: Rasa 3.6.21 re-checks the constant schema itself on every action (15 ms)."""
    from jsonschema import Draft7Validator
    from rasa.core.actions.action import RemoteAction

    validator = Draft7Validator(RemoteAction.action_response_format_spec())

    def validate(self, result):
        for error in validator.iter_errors(result):
            raise error
        return True

    RemoteAction._validate_action_result = validate


def _actions():
    """Return an action endpoint that runs the package `actions` inside this process."""
    from rasa.utils.endpoints import ClientResponseError, EndpointConfig
    from rasa_sdk.executor import ActionExecutor
    from rasa_sdk.interfaces import ActionExecutionRejection

    class InProcessActions(EndpointConfig):
        def __init__(self):
            super().__init__(url="inprocess://actions", enable_selective_domain=True)
            self._executor = ActionExecutor()
            self._executor.register_package("actions")

        async def request(self, method="post", subpath=None, content_type=None, compress=False, **kwargs):
            try:
                return await self._executor.run(kwargs["json"])
            except ActionExecutionRejection as error:
                raise ClientResponseError(400, "rejected", json.dumps({"action_name": error.action_name, "error": error.message}))

    return InProcessActions()


async def load_agent(model: Path, database: str = ""):
    """Return a ready Rasa agent for a model; `database` replaces the file of endpoints.yml (":memory:" keeps nothing)."""
    import rasa.core.agent
    import rasa.core.processor
    from rasa.core.utils import AvailableEndpoints

    from bot.processor import CarefulProcessor
    from bot.runner import StraightRunner

    endpoints = AvailableEndpoints.read_endpoints(str(ROOT / "endpoints.yml"))
    endpoints.action = _actions()
    if database:
        endpoints.tracker_store.kwargs["db"] = database
    elif not Path(endpoints.tracker_store.kwargs.get("db", "")).is_absolute():
        endpoints.tracker_store.kwargs["db"] = str(ROOT / endpoints.tracker_store.kwargs["db"])
    rasa.core.agent.MessageProcessor = CarefulProcessor         # Rasa names both classes in these places only
    rasa.core.processor.DaskGraphRunner = StraightRunner
    agent = await rasa.core.agent.load_agent(endpoints=endpoints)
    agent.tracker_store = agent.tracker_store._tracker_store     # Rasa's fail-safe wrapper turns an outage into a lost conversation
    agent.load_model(str(model))
    return agent


async def replies(agent, text: str, sender: str) -> list:
    """Return what the assistant answers to a message: dicts with text and buttons, as a channel gets them."""
    from rasa.core.channels.channel import CollectingOutputChannel, UserMessage

    out = CollectingOutputChannel()
    await agent.handle_message(UserMessage(text, out, sender))
    return out.messages


def port_is_free(host: str, port: int) -> bool:
    """Say whether a server could listen there now."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def build(model: Path, on_ready=lambda: None):
    """Return the Sanic app: channels of credentials.yml, /health/live, /health/ready; no HTTP API."""
    from rasa.core.channels.channel import register
    from rasa.core.run import create_http_input_channels
    from sanic import Sanic, response
    from sanic.exceptions import SanicException

    app = Sanic("assistant", configure_logging=False)
    app.config.REQUEST_MAX_SIZE = MAX_BODY
    app.ctx.agent = None
    register(create_http_input_channels(None, str(ROOT / "credentials.yml")), app, route="/webhooks/")

    @app.route("/", methods=["GET"])
    async def root(_):
        return response.text("This is an assistant on metastatic breast cancer. Programs talk to it at /webhooks/rest/webhook.")

    @app.route("/health/live", methods=["GET"])
    async def live(_):
        return response.json({"status": "live"})

    @app.route("/health/ready", methods=["GET"])
    async def ready(_):
        agent = app.ctx.agent
        works = agent is not None and agent.is_ready() and await _stores(agent)
        return response.json({"status": "ready" if works else "not ready"}, status=200 if works else 503)

    @app.exception(SanicException)
    async def refused(_, error):
        return response.json({"error": str(error.args[0]) if error.args else "refused"}, status=error.status_code)

    @app.exception(Exception)
    async def broken(_, error):
        log.error("request failed=%s", type(error).__name__)
        return response.json({"error": "Something went wrong on our side."}, status=500)

    async def start(app, _):
        try:
            app.ctx.agent = await load_agent(model)
        except Exception as error:
            raise CannotStart(f"The assistant cannot start with {model}: {_root(error)} If it is the model, train again with `make train`.") from error
        await app.ctx.agent.parse_message("what are the symptoms?")        # the first message is as fast as the second

    async def started(app, _):
        on_ready()

    app.register_listener(start, "before_server_start")
    app.register_listener(started, "after_server_start")
    return app


def _root(error: Exception) -> str:
    """Return the first cause of an error as one line that ends like a sentence."""
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__
    return f"{type(error).__name__}: {' '.join(str(error).split())[:200].rstrip('.')}."


async def _stores(agent) -> bool:
    """Say whether conversations can be read at this moment."""
    try:
        await asyncio.wait_for(agent.tracker_store.retrieve("health"), 2)
        return True
    except Exception as error:
        log.error("tracker_store failed=%s", type(error).__name__)
        return False


def run(model: Path, host: str, port: int, on_ready):
    """Serve until Ctrl-C."""
    sys.setswitchinterval(1e-5)  # the encoder's thread hands over often; at the default 5 ms the two wait for each other (a fifth of the rate)
    threadpool_limits(1)        # one message's matrices are too small to share: two threads cost twice the time of one
    build(model, on_ready).run(host=host, port=port, access_log=False, debug=False, motd=False, workers=1)
