"""Actions: from what was understood to what is said, with a tracker built by hand."""
import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import actions
from bot import answers
from bot.store import store

FACT = next(f for f in store().shown() if f.figures)
DETAILED = next(f for f in store().shown() if f.detail)


def run(action, message=None, slots=None, events=None):
    """Return (texts and response names said, slots set)."""
    tracker = Tracker("t", {"introduced": True, **(slots or {})}, message or {}, events or [], False, None, {}, "action_listen")
    dispatcher = CollectingDispatcher()
    found = action.run(dispatcher, tracker, {})
    return [m["text"] or m["response"] for m in dispatcher.messages], {e["name"]: e["value"] for e in found}


def ranked(*pairs):
    return [{"fact": id_, "chance": chance} for id_, chance in pairs]


def test_a_ranked_fact_is_said_with_its_source():
    said, _ = run(actions.AnswerFact(), {"text": "x", "facts": ranked((DETAILED.id, 0.9))})
    assert DETAILED.answer.split(".")[0] in said[0] and "Sources:" in said[0]


def test_a_doubtful_fact_is_offered():
    said, _ = run(actions.AnswerFact(), {"text": "x", "facts": ranked((DETAILED.id, 0.21))})
    assert said == [answers.WHICH]


def test_an_unsure_answer_says_so_and_offers_the_next_nearest():
    other = next(f for f in store().shown() if f.about != DETAILED.about and f.intent != DETAILED.intent)
    tracker = Tracker("t", {"introduced": True}, {"text": "x", "facts": ranked((DETAILED.id, 0.5), (other.id, 0.2))}, [], False, None, {}, "action_listen")
    dispatcher = CollectingDispatcher()
    actions.AnswerFact().run(dispatcher, tracker, {})
    message = dispatcher.messages[0]
    assert message["text"].startswith(answers.UNSURE) and DETAILED.answer.split(".")[0] in message["text"] and "Sources:" in message["text"]
    assert [b["title"] for b in message["buttons"]] == [other.title, "None of these"]


def test_nothing_near_is_an_honest_no():
    said, _ = run(actions.AnswerFact(), {"text": "x", "facts": ranked((DETAILED.id, 0.1))})
    assert said[0].startswith("I don't have a sourced answer")


def test_a_message_without_words_is_asked_back():
    assert run(actions.AnswerFact(), {"text": "", "facts": []})[0] == ["utter_ask_what"]


def test_a_limit_is_said_before_the_answer():
    said, _ = run(actions.AnswerFact(), {"text": "should I stop letrozole", "safety": ["limit_stop"], "facts": ranked((DETAILED.id, 0.9))})
    assert said[0].startswith("I cannot tell you to start, stop or change") and len(said) == 2


def test_figures_wait_for_a_yes():
    said, slots = run(actions.AnswerFact(), {"text": "x", "facts": ranked((FACT.id, 0.9))})
    assert slots["pending_figures"] == FACT.id and FACT.figures not in said[0]
    said, slots = run(actions.Yes(), slots=slots)
    assert " ".join(FACT.figures.split()) in said[0] and slots["pending_figures"] is None


@pytest.mark.parametrize("introduced, events, says_who", [
    (None, [], True),
    (True, [], False),
    (None, [{"event": "action", "name": "utter_greet"}], False),
])
def test_who_is_speaking_is_said_once(introduced, events, says_who):
    said, slots = run(actions.AnswerFact(), {"text": "x", "facts": ranked((DETAILED.id, 0.9))}, {"introduced": introduced}, events)
    assert ("utter_introduction" in said[1:]) is says_who and slots["introduced"] is True


def test_nothing_stands_beside_what_to_do_in_danger():
    said, _ = run(actions.SafetyInfo(), {"text": "x", "safety": ["cord_compression"], "facts": []}, {"introduced": None})
    assert said and "utter_introduction" not in said


def test_a_no_takes_the_offer_back():
    said, slots = run(actions.No(), slots={"pending_figures": FACT.id})
    assert said == ["utter_no_figures"] and slots["pending_figures"] is None


@pytest.mark.parametrize("action, said", [(actions.Yes(), "utter_ask_what"), (actions.No(), "utter_fine")])
def test_yes_and_no_out_of_the_blue(action, said):
    assert run(action)[0] == [said]


@pytest.mark.parametrize("value", ["gone.away", "", None, 7, ["a"], {"a": 1}, "x" * 5000, "mental.wording.safe"])
def test_a_button_with_nonsense_or_a_hidden_fact_is_declined(value):
    said, _ = run(actions.ShowFact(), {"intent": {"name": "show_fact"}, "entities": [{"entity": "fact", "value": value}]})
    assert said[0].startswith("I don't have a sourced answer")


@pytest.mark.parametrize("intent, part", [("show_fact", "answer"), ("more", "detail")])
def test_buttons(intent, part):
    said, _ = run(actions.ShowFact(), {"intent": {"name": intent}, "entities": [{"entity": "fact", "value": DETAILED.id}]})
    assert " ".join(getattr(DETAILED, part).split()).replace("{", "")[:60] in said[0]


def test_danger_says_what_to_do_and_answers_the_question_below():
    message = {"text": "my legs are numb, what helps hot flushes?", "safety": ["cord_compression"], "facts": ranked((DETAILED.id, 0.9))}
    said, _ = run(actions.SafetyInfo(), message)
    assert "spine" in said[0] and DETAILED.answer.split(".")[0] in said[1]


def test_a_crisis_is_not_followed_by_facts():
    message = {"text": "I want to kill myself, what is stage 4?", "safety": ["crisis_imminent"], "facts": ranked((DETAILED.id, 0.9))}
    assert len(run(actions.SafetyInfo(), message)[0]) == 1


def test_something_else_is_declined_and_the_nearest_offered():
    perhaps = {"text": "x", "intent": {"confidence": 0.6}, "facts": ranked((DETAILED.id, 0.65))}
    assert run(actions.OutOfScope(), perhaps)[0] == ["utter_out_of_scope", answers.PERHAPS]
    assert run(actions.OutOfScope(), {**perhaps, "intent": {"confidence": 0.95}})[0] == ["utter_out_of_scope"]


def test_figures_stay_at_hand_for_a_change_of_mind():
    _, slots = run(actions.AnswerFact(), {"text": "x", "facts": ranked((FACT.id, 0.9))})
    _, slots = run(actions.No(), slots=slots)
    other = next(f for f in store().shown() if not f.figures and not f.detail)
    _, slots = run(actions.AnswerFact(), {"text": "y", "facts": ranked((other.id, 0.9))}, slots=slots)
    said, slots = run(actions.CarryOn(), {"intent": {"name": "want_figures"}}, slots=slots)
    assert " ".join(FACT.figures.split()) in said[0]
    said, _ = run(actions.CarryOn(), {"intent": {"name": "roughly"}}, slots=slots)
    assert any(character.isdigit() for character in said[0]) and answers.NOT_YOU in said[0]


@pytest.mark.parametrize("intent, holds", [("say_more", "Sources:"), ("simpler", "In short:"), ("say_again", "Sources:"), ("source", answers.ORIGIN), ("take_along", "You could ask")])
def test_the_last_answer_can_be_carried_on(intent, holds):
    _, slots = run(actions.AnswerFact(), {"text": "x", "facts": ranked((DETAILED.id, 0.9))})
    said, _ = run(actions.CarryOn(), {"intent": {"name": intent}}, slots=slots)
    assert holds in said[0]


def test_nothing_to_carry_on_is_asked_back():
    assert run(actions.CarryOn(), {"intent": {"name": "say_more"}})[0] == ["utter_ask_what"]


def test_two_messages_without_sense_end_with_a_person_to_ask():
    said, slots = run(actions.AnswerFact(), {"text": "asdf", "facts": []})
    assert said == ["utter_ask_what"]
    assert run(actions.AnswerFact(), {"text": "blah", "facts": []}, slots=slots)[0] == [answers.hand_over((), store()).text]


def test_a_professional_is_told_for_whom_the_texts_are_written():
    asked = {"text": "District nurse here. What is this for?", "facts": ranked((DETAILED.id, 0.95))}
    assert run(actions.AnswerFact(), asked, slots={"introduced": None})[0][-2:] == ["utter_introduction", "utter_professional"]


def test_starting_over_forgets():
    _, slots = run(actions.AnswerFact(), {"text": "x", "facts": ranked((DETAILED.id, 0.9))})
    said, slots = run(actions.StartOver(), slots=slots)
    assert said == ["utter_start_over"] and slots["memory"] is None


def test_facts_that_left_the_store_are_forgotten_not_stumbled_over():
    _, slots = run(actions.AnswerFact(), {"text": "x", "facts": ranked((DETAILED.id, 0.9))})
    slots["memory"] |= {"facts": (DETAILED.id, "gone.fact"), "about": (("drug", "gone"),)}
    assert "Sources:" in run(actions.CarryOn(), {"intent": {"name": "say_again"}}, slots=slots)[0][0]
