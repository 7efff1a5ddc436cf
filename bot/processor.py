"""A turn, made careful: a payload counts only if it was offered in this conversation, everything else is words."""
from rasa.core.processor import MessageProcessor

from bot import learn
from bot.encoder import EncodingQueue
from bot.text import clean


class CarefulProcessor(MessageProcessor):
    """Rasa executes any text that starts with "/" as an intent, from anybody; here typed text never takes that road.

    Needs a tracker store that knows `was_offered` (bot.conversations); with another one no payload counts.
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._queue = EncodingQueue()

    async def parse_message(self, message, tracker=None, only_output_properties=True):
        """Return the parse data of a message; see `rasa.core.processor.MessageProcessor.parse_message`."""
        if not await self._offered(message):
            message.text = clean(message.text)
            await learn.understand_beside(message.text, self._queue)
        return await super().parse_message(message, tracker, only_output_properties)

    def _check_for_unseen_features(self, parse_data):
        """Skip Rasa's warning about unknown intents: it builds an empty domain each turn, and a test looks after the intents."""

    async def _offered(self, message) -> bool:
        knows = getattr(self.tracker_store, "was_offered", None)
        return bool(knows) and (message.text or "").startswith("/") and await knows(message.sender_id, message.text)
