"""A turn, made careful: a payload counts only if it was offered in this conversation, everything else is words."""
from rasa.core.channels.channel import UserMessage
from rasa.core.processor import MessageProcessor
from rasa.shared.core.events import SlotSet, UserUttered

from bot import context, learn
from bot.encoder import EncodingQueue
from bot.safety import screen
from bot.store import store
from bot.terms import reader
from bot.text import clean

FADES = 3                   # turns of other talk after which nothing is carried over


class CarefulProcessor(MessageProcessor):
    """Rasa executes any text that starts with "/" as an intent, from anybody; here typed text never takes that road.

    Needs a tracker store that knows `was_offered` (bot.conversations); with another one no payload counts.
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._queue = EncodingQueue()

    async def parse_message(self, message, tracker=None, only_output_properties=True):
        """Return the parse data of a message; see `rasa.core.processor.MessageProcessor.parse_message`."""
        if await self._offered(message):
            return await super().parse_message(message, tracker, only_output_properties)
        text = message.text = clean(message.text)
        memory = _memory(tracker)
        picked = context.pick(text, memory)
        if picked and not screen().find(text):
            parsed = await super().parse_message(UserMessage(picked, sender_id=message.sender_id), tracker, only_output_properties)
            return {**parsed, "text": text}
        await learn.understand_beside(text, self._queue, context.whole(text, memory, reader(), store()))
        return await super().parse_message(message, tracker, only_output_properties)

    def _check_for_unseen_features(self, parse_data):
        """Skip Rasa's warning about unknown intents: it builds an empty domain each turn, and a test looks after the intents."""

    async def _offered(self, message) -> bool:
        knows = getattr(self.tracker_store, "was_offered", None)
        return bool(knows) and (message.text or "").startswith("/") and await knows(message.sender_id, message.text)


def _memory(tracker) -> context.Memory:
    """Return what is remembered of a conversation, nothing if the last turns were about something else."""
    since = 0
    for event in reversed(tracker.events if tracker else ()):
        if isinstance(event, SlotSet) and event.key == context.SLOT:
            return context.Memory.read(event.value) if since < FADES else context.Memory()
        since += isinstance(event, UserUttered)
    return context.Memory()
