"""Every rule about data/: one plain sentence per broken rule."""
from bot import deployment, premises, safety, store, talk
from bot.store import DATA, ROOT, DataError


def intents(domain=ROOT / "domain.yml") -> list:
    """Return the intents of the domain that ask for facts."""
    return [name for name in (store.read_yaml(domain) or {}).get("intents", []) if str(name).startswith("ask_")]


def faults(data=DATA) -> list:
    """Return one sentence per fault in data/ and deployment.yml, [] if all is well."""
    found = []

    def read(make, *args, **options):
        try:
            return make(*args, **options)
        except DataError as error:
            found.extend(error.faults)
            return None

    facts, screen = read(store.load, data, intents=intents()), read(safety.Screen, data / "safety.yml")
    if facts:
        read(talk.Talk, data / "warmth.yml", data / "take_along.yml")
        read(premises.load, data / "premises.yml", data / "believed", facts)
    if facts and screen:
        found += [f"data/safety.yml: {s.id}: fact {s.fact} is not in the store; correct or remove it." for s in screen.situations if s.fact and s.fact not in facts.facts]
    learnt = read(safety.dangers, data / "dangers")
    if screen and learnt:
        found += [f"data/dangers/{id_}.yml: there is no situation {id_} in data/safety.yml; add it there, or rename the file."
                  for id_ in sorted(set(learnt) - {safety.NO_DANGER} - {s.id for s in screen.situations})]
    read(deployment.load)
    return found + _examples(data)


def _examples(data) -> list:
    """Return the faults of data/nlu and data/stories that would otherwise come out of Rasa as a traceback."""
    found, owner = [], {}
    for path in sorted([*(data / "nlu").glob("*.yml"), *(data / "stories").glob("*.yml")]):
        try:
            content = store.read_yaml(path)
        except DataError as error:
            found += error.faults
            continue
        for block in (content or {}).get("nlu") or ():
            for line in str(block.get("examples") or "").splitlines():
                key = line.strip(" -").lower()
                first = owner.setdefault(key, block.get("intent")) if key else block.get("intent")
                if first != block.get("intent"):
                    found.append(f"{store.relative(path)}: \"{line.strip(' -')}\" is an example of {first} too; keep it in one of them.")
    return found
