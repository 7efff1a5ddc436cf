"""How conversations are kept: a capped replay from SQL, and one lock a conversation that does not poll."""
import asyncio
import contextlib
import json
from collections import OrderedDict
from pathlib import Path

import sqlalchemy as sa
import sqlalchemy.orm.session
from rasa.core.lock_store import InMemoryLockStore
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.pool import StaticPool

REPLAY = 24                 # events that are replayed when a conversation is read back: three questions and answers
LIVE = 500                  # conversations kept ready in memory


_EVENT = SQLTrackerStore.SQLEvent
_OF_SENDER = _EVENT.sender_id == sa.bindparam("sender")
_NEWEST = sa.select([sa.func.max(_EVENT.id)]).where(_OF_SENDER)
_LAST = sa.select([_EVENT.data]).where(_OF_SENDER).order_by(_EVENT.id.desc()).limit(REPLAY)
_OFFERED = sa.select([_EVENT.data]).where(_OF_SENDER, _EVENT.type_name == BotUttered.type_name)


class ConversationStore(SQLTrackerStore):
    """Rasa's SQL store with a capped replay, so that a turn costs the same at any length; what is older stays stored.

    `db` is a file for SQLite; its folder is made. A conversation that another process wrote to meanwhile is read afresh.
    """

    def __init__(self, domain=None, host=None, db="conversations.db", dialect="sqlite", event_broker=None, **kwargs):
        if dialect == "sqlite" and db != ":memory:":
            Path(db).parent.mkdir(parents=True, exist_ok=True)
        self._live = OrderedDict()
        super().__init__(domain=domain, dialect=dialect, host=host, db=db, event_broker=event_broker, **kwargs)
        if dialect == "sqlite":
            self._keep_one_connection()

    def _keep_one_connection(self):
        """Hold the file open: Rasa 3.6.21 opens and closes it, and so empties the write-ahead log, twice a turn (4 ms)."""
        self.engine = sa.create_engine(self.engine.url, poolclass=StaticPool, connect_args={"check_same_thread": False})
        self.sessionmaker = sa.orm.session.sessionmaker(bind=self.engine)
        self.Base.metadata.create_all(self.engine)
        with self.engine.connect() as connection:
            for pragma in ("journal_mode=WAL", "synchronous=NORMAL"):
                connection.execute(sa.text(f"PRAGMA {pragma}"))

    async def _retrieve(self, sender_id, fetch_events_from_all_sessions):
        if fetch_events_from_all_sessions or self.domain is None:
            return await super()._retrieve(sender_id, fetch_events_from_all_sessions)
        tracker, newest = self._live.pop(sender_id, (None, None))       # put back by `save`: a turn that broke leaves nothing behind
        with self.engine.connect() as connection:
            if tracker is not None and newest == connection.execute(_NEWEST, {"sender": sender_id}).scalar() and len(tracker.events) < 2 * REPLAY:
                return tracker
            rows = connection.execute(_LAST, {"sender": sender_id}).all()
        events = [json.loads(row.data) for row in reversed(rows)]
        if not events:
            return None
        tracker = DialogueStateTracker.from_dict(sender_id, _from_a_turn(events), self.domain.slots)
        tracker.stored_events = len(tracker.events)
        return tracker

    async def was_offered(self, sender_id, payload) -> bool:
        """Say whether a button with this payload was ever shown in a conversation, however long ago."""
        with self.engine.connect() as connection:
            rows = connection.execute(_OFFERED, {"sender": sender_id}).all()
        return any(payload == button.get("payload") for row in rows for button in json.loads(row.data).get("data", {}).get("buttons") or ())

    async def save(self, tracker):
        """Store the events that were added since this tracker was read or last saved, in one statement."""
        await self.stream_events(tracker)
        stored = getattr(tracker, "stored_events", 0)
        rows = [self._row(tracker.sender_id, event.as_dict()) for event in list(tracker.events)[stored:]]
        if rows:
            with self.engine.begin() as connection:
                connection.execute(self.SQLEvent.__table__.insert(), rows)
                newest = connection.execute(_NEWEST, {"sender": tracker.sender_id}).scalar()
            self._keep(tracker, newest)
        tracker.stored_events = len(tracker.events)

    def _keep(self, tracker, newest):
        """Keep a tracker for the next turn; it counts only while `newest` is still the last event stored."""
        self._live[tracker.sender_id] = (tracker, newest)
        while len(self._live) > LIVE:
            self._live.popitem(last=False)

    @staticmethod
    def _row(sender_id, event) -> dict:
        intent = ((event.get("parse_data") or {}).get("intent") or {}).get("name")
        return {"sender_id": sender_id, "type_name": event["event"], "timestamp": event.get("timestamp"), "intent_name": intent,
                "action_name": event.get("name"), "data": json.dumps(event)}


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
