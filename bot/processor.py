"""A turn, made careful: a payload counts only if it was offered in this conversation, everything else is words."""
from rasa.core.processor import MessageProcessor
from rasa.shared.core.events import BotUttered

from bot.text import clean


def offered(tracker) -> set:
    """Return the payloads of all buttons that a conversation (as far as it is replayed) has shown."""
    shown = (event.data.get("buttons") or [] for event in tracker.events if isinstance(event, BotUttered))
    return {button.get("payload") for buttons in shown for button in buttons}


class CarefulProcessor(MessageProcessor):
    """Rasa executes any text that starts with "/" as an intent, from anybody; here typed text never takes that road."""

    async def parse_message(self, message, tracker=None, only_output_properties=True):
        """Return the parse data of a message; see `rasa.core.processor.MessageProcessor.parse_message`."""
        text = message.text or ""
        if not (text.startswith("/") and tracker is not None and text in offered(tracker)):
            message.text = clean(text)
        return await super().parse_message(message, tracker, only_output_properties)
