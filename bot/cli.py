"""The commands: run, chat, train, check. Every foreseeable fault is one sentence and a status of 1, no traceback."""
import argparse
import asyncio
import sys
import textwrap
import time
from pathlib import Path

from bot import serve
from bot.learn import CODE
from bot.store import DATA, ROOT, DataError, fingerprint

MODELS = ROOT / "models"
_TRAINED_ON = ("data", "config.yml", "domain.yml", "bot/components.py", *(f"bot/{name}" for name in CODE), "uv.lock")
_COLUMNS = 80               # of the terminal


class Refused(Exception):
    """Something the person can put right; its text says what and how."""


def model_path() -> Path:
    """Return where the model for the present data and configuration stands, trained or not yet."""
    return MODELS / f"assistant-{fingerprint(*(ROOT / name for name in _TRAINED_ON))[:12]}.tar.gz"


def check(args=None):
    """Say every fault of data/ in one sentence each; raise Refused if there are any."""
    from bot.check import faults

    found = faults()
    if found:
        raise Refused("\n".join([*found, f"{len(found)} to put right."]))
    if args is not None:
        from bot.store import store
        shown = len(store().shown())
        print(f"data/ is in order: {shown} facts to say, {len(store().facts) - shown} on hold, {len(store().terms)} terms, {len(store().sources)} sources.")


def train(args=None) -> Path:
    """Train a model for the present data and configuration; return its path."""
    check()
    target = model_path()
    print("Training (two to three minutes) ...", flush=True)
    began = time.monotonic()
    serve.prepare()
    from rasa.model_training import train as rasa_train

    try:
        result = rasa_train(domain=str(ROOT / "domain.yml"), config=str(ROOT / "config.yml"), training_files=[str(DATA / "nlu"), str(DATA / "stories")],
                            output=str(MODELS), fixed_model_name=target.name.removesuffix(".tar.gz"), force_training=bool(args and args.fresh))
    except Exception as error:                  # Rasa raises many kinds; the person needs the sentence, not the trace
        raise Refused(f"Training stopped ({type(error).__name__}): {' '.join(str(error).split())}")
    if result.code != 0 or not target.exists():
        raise Refused("Training stopped without a model; run `make check` and look at the last lines above.")
    print(f"Trained in {time.monotonic() - began:.0f} s: {target.relative_to(ROOT)}", flush=True)
    return target


def ready_model() -> Path:
    """Return the model for the present data, trained now if there is none."""
    target = model_path()
    return target if target.exists() else train()


def run(args):
    """Serve over HTTP."""
    if not serve.port_is_free(args.host, args.port):
        raise Refused(f"Port {args.port} on {args.host} is in use or may not be used; stop the other program or choose another: make run PORT={args.port + 1}")
    model = args.model or ready_model()
    if not Path(model).is_file():
        raise Refused(f"{model}: there is no such model; train one with `make train`.")
    print("Starting ...", flush=True)
    serve.prepare()
    shown = f"[{args.host}]" if ":" in args.host else args.host
    serve.run(Path(model), args.host, args.port, lambda: print(f"Ready: http://{shown}:{args.port} (Ctrl-C to stop)", flush=True))


def chat(args):
    """Talk in the terminal; nothing is kept."""
    model = ready_model()
    print("Loading ...", flush=True)
    serve.prepare()
    asyncio.run(_talk(model))


async def _talk(model):
    agent = await serve.load_agent(model, database=":memory:")
    print("Ask away. A number picks a button; an empty line or Ctrl-D ends.\n")
    buttons = []
    while True:
        try:
            text = input("you> ").strip()
        except EOFError:
            text = ""
        if not text:
            return
        if text.isdigit() and 0 < int(text) <= len(buttons):
            text = buttons[int(text) - 1]["payload"]
        messages = await serve.replies(agent, text, "chat")
        buttons = [b for message in messages for b in message.get("buttons") or ()]
        for message in messages:
            print("\n" + "\n".join(_wrapped(line, "  " if line.startswith("- ") else "") for line in message.get("text", "").splitlines()))
        for number, button in enumerate(buttons, 1):
            print(_wrapped(f"  [{number}] {button['title']}", "      "))
        print()


def _wrapped(line: str, indent: str) -> str:
    """Return a line broken to fit the terminal; a link stays whole."""
    return textwrap.fill(line, _COLUMNS, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def main(arguments=None) -> int:
    """Run one command; return the exit status."""
    parser = argparse.ArgumentParser(prog="bot", description="An assistant on metastatic breast cancer.")
    commands = parser.add_subparsers(dest="command", required=True)
    serving = commands.add_parser("run", help="serve over HTTP")
    serving.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    serving.add_argument("--port", type=int, default=5005)
    serving.add_argument("--model", default="", help="a model file (default: the one for the present data)")
    training = commands.add_parser("train", help="train a model for the present data")
    training.add_argument("--fresh", action="store_true", help="ignore what earlier trainings left in the cache")
    commands.add_parser("chat", help="talk in the terminal")
    commands.add_parser("check", help="check data/ in a second or two")
    args = parser.parse_args(arguments)
    try:
        {"run": run, "train": train, "chat": chat, "check": check}[args.command](args)
    except (Refused, DataError, serve.CannotStart) as fault:
        print(fault, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
