"""How conversations are kept: a capped replay from SQL, and one lock a conversation that does not poll."""
import asyncio
import contextlib
import json
from pathlib import Path

import sqlalchemy as sa
from rasa.core.lock_store import InMemoryLockStore
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.events import UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

REPLAY = 80                 # events that a turn replays at most: some eight questions and answers


class ConversationStore(SQLTrackerStore):
    """Rasa's SQL store, reading back the last events of a conversation only, so that a turn costs the same at any length.

    What is older stays stored. `db` is a file for SQLite; its folder is made.
    """

    def __init__(self, domain=None, host=None, db="conversations.db", dialect="sqlite", event_broker=None, **kwargs):
        if dialect == "sqlite" and db != ":memory:":
            Path(db).parent.mkdir(parents=True, exist_ok=True)
        super().__init__(domain=domain, dialect=dialect, host=host, db=db, event_broker=event_broker, **kwargs)
        if dialect == "sqlite":
            with self.engine.connect() as connection:
                connection.execute(sa.text("PRAGMA journal_mode=WAL"))
            sa.event.listen(self.engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous=NORMAL"))

    async def _retrieve(self, sender_id, fetch_events_from_all_sessions):
        if fetch_events_from_all_sessions or self.domain is None:
            return await super()._retrieve(sender_id, fetch_events_from_all_sessions)
        with self.session_scope() as session:
            rows = session.query(self.SQLEvent.data).filter(self.SQLEvent.sender_id == sender_id).order_by(self.SQLEvent.id.desc()).limit(REPLAY).all()
        events = [json.loads(row.data) for row in reversed(rows)]
        if not events:
            return None
        tracker = DialogueStateTracker.from_dict(sender_id, _from_a_turn(events), self.domain.slots)
        tracker.stored_events = len(tracker.events)
        return tracker

    def _additional_events(self, session, tracker):
        """Return the events that are not stored yet: those added since this tracker was read or last saved."""
        stored = getattr(tracker, "stored_events", 0)
        tracker.stored_events = len(tracker.events)
        return list(tracker.events)[stored:]


def _from_a_turn(events):
    """Drop what precedes the first whole turn, so that a replay never starts in the middle of an answer."""
    if len(events) < REPLAY:
        return events
    starts = [i for i, event in enumerate(events) if event["event"] == UserUttered.type_name]
    return events[max(0, starts[0] - 1):] if starts else events


class ConversationLocks(InMemoryLockStore):
    """One asyncio lock a conversation, in this process: Rasa 3.6.21 polls its ticket once a second."""

    def __init__(self, endpoint_config=None):
        super().__init__()
        self._held = {}

    @contextlib.asynccontextmanager
    async def lock(self, conversation_id, lock_lifetime=None, wait_time_in_seconds=None):
        """Hold a conversation; messages of one person are answered in turn, those of others at once."""
        entry = self._held.setdefault(conversation_id, [asyncio.Lock(), 0])
        entry[1] += 1
        try:
            async with entry[0]:
                yield None
        finally:
            entry[1] -= 1
            if not entry[1]:
                self._held.pop(conversation_id, None)
