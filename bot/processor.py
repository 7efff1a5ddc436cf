"""A turn, made careful: a payload counts only if it was offered in this conversation, everything else is words."""
from rasa.core.processor import MessageProcessor

from bot import learn
from bot.encoder import EncodingQueue
from bot.text import MAX_CHARS, clean


class CarefulProcessor(MessageProcessor):
    """Rasa executes any text that starts with "/" as an intent, from anybody; here typed text never takes that road.

    Needs a tracker store that knows `was_offered` (bot.conversations); with another one no payload counts.
    """

    async def parse_message(self, message, tracker=None, only_output_properties=True):
        """Return the parse data of a message; see `rasa.core.processor.MessageProcessor.parse_message`."""
        if not await self._offered(message):
            message.text = clean(message.text)
            await self._encode(message.text)
        return await super().parse_message(message, tracker, only_output_properties)

    async def _encode(self, text):
        """Compute the vectors of a message beside the event loop, where `SentenceVector` will look for them."""
        self._queue = getattr(self, "_queue", None) or EncodingQueue()
        pieces = learn.pieces(learn.read(text).plain) if len(text) <= MAX_CHARS else []
        if pieces:
            learn.remember(pieces, await self._queue.encode_all(pieces))

    async def _offered(self, message) -> bool:
        knows = getattr(self.tracker_store, "was_offered", None)
        return bool(knows) and (message.text or "").startswith("/") and await knows(message.sender_id, message.text)
