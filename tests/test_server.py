"""The server as people start it: address, health, REST, limits, faults."""
import json
import signal
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import Server, command

from bot import answers, evaluate
from bot.deployment import deployment
from bot.serve import port_is_free

pytestmark = pytest.mark.model
SAYS_WHO = "symptoms, tests, treatment"


def test_one_clear_line_says_where(server):
    assert f"Ready: http://127.0.0.1:{server.port} (Ctrl-C to stop)\n" in server.log()


def test_health(server):
    assert server.request("GET", "/health/live") == (200, '{"status":"live"}')
    assert server.request("GET", "/health/ready") == (200, '{"status":"ready"}')


@pytest.mark.parametrize("path", ["/version", "/status", "/domain", "/conversations/s/tracker", "/model/parse", "/model/train", "/model"])
def test_rasas_http_api_is_off(server, path):
    assert server.request("GET", path)[0] in (404, 405) and server.request("POST", path, {"text": "x"})[0] in (404, 405)


def test_the_front_door_tells_no_version(server):
    status, body = server.request("GET", "/")
    assert status == 200 and "3.6" not in body and "Rasa" not in body


def test_a_reply_has_recipient_text_and_buttons(server):
    person = uuid.uuid4().hex                   # conversations outlive the test
    reply, introduction = server.say("does Ibrance make my hair fall out?", person)
    assert "not a doctor" in introduction["text"]
    assert reply["recipient_id"] == person and "hair" in reply["text"] and "Sources:\n- " in reply["text"] and reply["text"].startswith("About palbociclib")
    assert {"title", "payload"} == set(reply["buttons"][0]) and len(reply["buttons"]) <= 3


@pytest.mark.parametrize("body", [
    {"message": "hi"}, {"sender": "", "message": "hi"}, {"sender": "   ", "message": "hi"}, {"sender": None, "message": "hi"}, {"sender": 5, "message": "hi"},
    {"sender": ["a"], "message": "hi"}, {"sender": "x" * 201, "message": "hi"}, {"sender": "a\u0000b", "message": "hi"}, ["sender"], b"not json", b"", b"\xff\xfe", b"null",
])
def test_a_missing_sender_or_a_broken_body_is_refused_with_a_sentence(server, body):
    status, answer = server.request("POST", "/webhooks/rest/webhook", body)
    assert status == 400 and len(json.loads(answer)["error"]) > 20


def test_a_large_body_is_refused(server):
    assert server.request("POST", "/webhooks/rest/webhook", {"sender": "s", "message": "x" * 80000})[0] == 413


@pytest.mark.parametrize("path", ["/nowhere", "/webhooks/rest/nowhere", "/webhooks/other/webhook"])
def test_other_addresses_are_refused_without_a_trace(server, path):
    status, body = server.request("GET", path)
    assert status == 404 and "Traceback" not in body


ODD = ["", " ", "\n\t", "\u0000\u0001\u0007", "\U0001f642", "\U0001f642" * 400, "<script>alert(1)</script>", "**bold** [a](javascript:alert(1))", "'; DROP TABLE events; --",
       "/restart", "/session_start", "/back", "/greet", "//", "/", "/show_fact", '/show_fact{"fact":"gone"}', '/show_fact{"fact":', '/show_fact{"fact":{"a":1}}', '/numbers{"fact":"basics.definition"}',
       "/EXTERNAL: x", "\u00bfQu\u00e9 es la met\u00e1stasis?", "\u8fd9\u662f\u4ec0\u4e48", "\u043c\u0435\u0442\u0430\u0441\u0442\u0430\u0437\u044b", "\u0645\u0631\u062d\u0628\u0627", "a" * 1999, "word " * 4000, "x" * 20000,
       "\u202eevil", "{{7*7}} ${x} {emergency} %s %d", "None", "null", "true", "0", "????", "...", "http://example.com", "\ud83d", "e\u0301" * 300]


@pytest.mark.parametrize("text", ODD, ids=lambda text: repr(text[:24]))
def test_any_message_gets_a_polite_reply(server, text):
    replies = server.say(text, sender="odd")
    assert replies and all(reply.get("text") for reply in replies)
    joined = " ".join(reply["text"] for reply in replies)
    assert "Traceback" not in joined and "<script" not in joined and "{emergency}" not in joined and "None now" not in joined and "DROP TABLE" not in joined
    assert "hair" in server.say("does palbociclib cause hair loss?", sender="odd")[0]["text"], "the conversation goes on"


@pytest.mark.parametrize("text", [None, 5, ["a"], {"a": 1}, True])
def test_a_message_of_another_type_gets_a_polite_reply(server, text):
    status, body = server.request("POST", "/webhooks/rest/webhook", {"sender": "s", "message": text})
    assert status == 200 and json.loads(body)[0]["text"]


def test_a_long_message_gets_a_fixed_reply_after_safety_has_read_it(server):
    assert "too long" in server.say("We had a nice day. " * 200)[0]["text"]
    assert "emergency" in server.say("We had a nice day. " * 200 + "My legs are numb and I cannot pee.")[0]["text"]


def test_a_button_works_and_the_same_text_typed_elsewhere_is_only_words(server):
    button = server.say("how long have I got", sender="one")[0]["buttons"][0]
    assert button["payload"].startswith("/numbers") and answers.NOT_YOU in server.say(button["payload"], sender="one")[0]["text"]
    assert answers.NOT_YOU not in server.say(button["payload"], sender="two")[0]["text"]


def test_an_old_button_still_works(server):
    button = server.say("what are the signs in the liver?", sender="old")[0]["buttons"][0]
    expected = server.say(button["payload"], sender="old")
    for _ in range(25):
        server.say("thanks", sender="old")
    assert server.say(button["payload"], sender="old")[0]["text"] == expected[0]["text"]


def test_figures_only_after_a_yes(server):
    offer = server.say("how long have I got", sender="figures")[0]
    assert answers.ASK_NUMBERS in offer["text"] and "%" not in offer["text"] and offer["buttons"][0]["title"] == answers.YES_NUMBERS
    shown = server.say("yes please", sender="figures")[0]["text"]
    assert answers.NOT_YOU in shown and "Sources:" in shown
    server.say("how long have I got", sender="declined")
    assert "no figures" in server.say("no thank you", sender="declined")[0]["text"]


def test_danger_first_with_the_numbers_of_the_deployment(server):
    replies = server.say("my legs went numb this morning and I can't pee. what are the side effects of letrozole?")
    assert deployment()["emergency"] in replies[0]["text"] and replies[0]["text"].startswith("This may be an emergency")
    assert "spine" in replies[1]["text"] and "letrozole" in replies[2]["text"]


def test_every_behaviour_holds_over_rest(server):
    each = {c.behaviour: c for path in sorted(evaluate.STORIES.glob("*.yml")) for c in reversed(evaluate.load_conversations(path))}
    told = evaluate.converse(each.values(), server.say)
    turns = [right for turns in told for _, _, right in turns]
    assert len(each) >= 14 and sum(turns) / len(turns) >= 0.85


def test_conversations_are_not_shared(server):
    server.say("how long have I got", sender="first")
    assert answers.NOT_YOU not in server.say("yes", sender="second")[0]["text"]


def test_messages_at_the_same_time_are_all_answered(server):
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda i: server.say("what is letrozole?", sender=f"p{i % 3}"), range(24)))
    assert all("letrozole" in reply[0]["text"] for reply in replies)


def test_the_same_question_gets_the_same_answer(server):
    assert len({server.say("can spread to the brain be treated?", sender=f"same{i}")[0]["text"] for i in range(10)}) == 1


def test_nothing_a_person_wrote_is_logged(server):
    server.say("my secret word is Rumpelstiltskin")
    server.request("POST", "/webhooks/rest/webhook", b'{"sender": "Rumpelstiltskin')
    assert "umpelstil" not in server.log()


def test_ctrl_c_ends_cleanly(model, tmp_path):
    port = next(p for p in range(5900, 5999) if port_is_free("127.0.0.1", p))
    running = Server(port, str(tmp_path / "log"))
    assert running.stop(signal.SIGINT) == 0
    assert "Traceback" not in running.log() and len(running.log().splitlines()) <= 4


def test_a_port_in_use_is_one_sentence(server):
    done = command("run", "--port", str(server.port))
    assert done.returncode == 1 and done.stderr.count("\n") == 1 and f"Port {server.port}" in done.stderr and "Traceback" not in done.stderr


def test_a_missing_model_is_one_sentence(model):
    done = command("run", "--port", "5899", "--model", "models/gone.tar.gz")
    assert done.returncode == 1 and done.stderr == "models/gone.tar.gz: there is no such model; train one with `make train`.\n"


def test_a_broken_model_is_one_sentence(model, tmp_path):
    path = tmp_path / "broken.tar.gz"
    path.write_bytes(b"no archive")
    done = command("run", "--port", "5899", "--model", str(path))
    assert done.returncode == 1 and "Traceback" not in done.stdout + done.stderr and "broken.tar.gz" in done.stderr
