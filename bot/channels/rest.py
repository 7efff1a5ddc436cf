"""The REST channel: POST {"sender", "message"} to /webhooks/rest/webhook, a list of messages comes back."""
import logging

from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage
from sanic import Blueprint, response

from bot.deployment import fill
from bot.guard import WINDOW, guard, too_fast
from bot.safety import screen

log = logging.getLogger(__name__)
MAX_SENDER = 200
NEEDS_SENDER = "A message needs a \"sender\": a text of 1 to 200 characters that stands for one person."
NEEDS_JSON = "The body should be a JSON object such as {\"sender\": \"a1\", \"message\": \"hello\"}."
SORRY = ("Sorry, something went wrong on my side and I could not answer. Please try again in a moment. "
         "If you feel unwell or worried, call {team_line}. If it is an emergency, call {emergency}.")


class RestChannel(InputChannel):
    """Rasa's REST interface, made strict: no sender, no conversation; a fault is an honest message, never silence."""

    @classmethod
    def name(cls):
        """Return the path below /webhooks/."""
        return "rest"

    def blueprint(self, on_new_message):
        """Return the routes: GET / says ok, POST /webhook answers one message."""
        routes = Blueprint("rest_channel", __name__)

        @routes.route("/", methods=["GET"])
        async def health(_):
            return response.json({"status": "ok"})

        @routes.route("/webhook", methods=["POST"])
        async def receive(request):
            try:
                body = request.json
            except Exception:           # whatever the parser raises, the body is not JSON
                body = None
            if not isinstance(body, dict):
                return response.json({"error": NEEDS_JSON}, status=400)
            sender = body.get("sender")
            if not isinstance(sender, str) or not sender.strip() or len(sender) > MAX_SENDER or not sender.isprintable():
                return response.json({"error": NEEDS_SENDER}, status=400)
            message = body.get("message")
            if not guard().passes(request.ip, request.headers.get("x-forwarded-for", ""), f"rest:{sender}"):
                refused = [{"recipient_id": sender, "text": line} for line in too_fast(message if isinstance(message, str) else "")]
                return response.json(refused, status=429, headers={"Retry-After": str(WINDOW)})
            return response.json(await answer(on_new_message, sender, message))

        return routes


async def answer(on_new_message, sender: str, message) -> list:
    """Return the replies to one message as [{recipient_id, text, buttons}]; never empty, never raises."""
    text = message if isinstance(message, str) else ""
    collector = CollectingOutputChannel()
    try:
        await on_new_message(UserMessage(text, collector, f"rest:{sender}", input_channel="rest"))
    except Exception as error:          # the person gets an answer whatever breaks; the words are not logged
        log.error("rest failed=%s", type(error).__name__, exc_info=log.isEnabledFor(logging.DEBUG))
    replies = collector.messages or [{"text": fill(line)} for line in [*(s.say for s in screen().find(text)[:1]), SORRY]]
    return [{**reply, "recipient_id": sender} for reply in replies]
