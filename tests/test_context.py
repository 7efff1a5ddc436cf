"""A follow-up becomes the whole question it stands for; a whole question stays as it is; a typed choice is its button."""
import pytest

from bot import context
from bot.context import Memory, pick, questions, whole
from bot.store import store
from bot.terms import reader

BONES = Memory(question="what are symptoms in the bones?", fact="symptom.bone.pain", facts=("symptom.bone.pain",), about=(("site", "bone"),))
LIVER = Memory(question="what are symptoms in the liver?", about=(("site", "liver"),))
DRUG = Memory(question="what is palbociclib?", about=(("drug", "palbociclib"),))
SCAN = Memory(question="what is a bone scan?", about=(("test", "bone_scan"),))
OFFERED = Memory(offered=(("What are the signs in the liver?", "/show_fact{1}"), ("What helps with bone pain?", "/show_fact{2}"), ("None of these", "/none_of_these")), asked_which=True)


@pytest.mark.parametrize("memory, text, asked", [
    (BONES, "and in the liver?", "what are symptoms in the liver?"),
    (BONES, "what about the lungs", "what are symptoms in the lungs?"),
    (BONES, "no, I meant brain", "what are symptoms in the brain?"),
    (BONES, "not the liver, the lungs", "what are symptoms in the lungs?"),
    (BONES, "back to the bones", "what are symptoms in the bones?"),
    (LIVER, "how is that treated?", "how is cancer in the liver treated?"),
    (DRUG, "I said letrozole", "what is letrozole?"),
    (DRUG, "how long do I take it", "how long do i take palbociclib?"),
    (DRUG, "side effects then?", "side effects then, palbociclib?"),
    (DRUG, "is that true for men?", "what is palbociclib, breast cancer in men?"),
    (SCAN, "does it hurt?", "does bone scan hurt?"),
    (SCAN, "thank you. does it hurt?", "does bone scan hurt?"),
])
def test_a_follow_up_becomes_a_whole_question(memory, text, asked):
    assert whole(text, memory, reader(), store()) == asked


@pytest.mark.parametrize("memory, text", [
    (DRUG, "what are the signs of cancer in the brain?"), (DRUG, "what is hospice"), (DRUG, "can I travel to Spain?"), (DRUG, "is it normal to cry all the time"),
    (DRUG, "thank you so much"), (DRUG, "say that again?"), (DRUG, "are you a doctor?"), (DRUG, "I am scared"), (BONES, "so is this number for me?"), (Memory(), "does it hurt?"),
])
def test_what_speaks_for_itself_stays_as_it_is(memory, text):
    assert whole(text, memory, reader(), store()) == text


@pytest.mark.parametrize("text, asked", [
    ("What is a bone scan and does it hurt?", ["What is a bone scan", "does bone scan hurt?"]),
    ("Does letrozole thin the bones? Can it make my hair thin?", ["Does letrozole thin the bones?", "can letrozole and cancer in the bones make my hair thin?"]),
    ("friends drop away. why do people do that and what do i do about it", []),
    ("what is the difference between a CT and a PET scan?", []), ("is it curable?", []), ("I am tired.", []),
])
def test_several_questions_of_one_message(text, asked):
    assert questions(text, reader(), store()) == asked


@pytest.mark.parametrize("text, payload", [
    ("the first", "/show_fact{1}"), ("2", "/show_fact{2}"), ("number two please", "/show_fact{2}"), ("liver one", "/show_fact{1}"), ("the last one", "/show_fact{2}"),
    ("none of these", "/none_of_these"), ("3", ""), ("what is cancer", ""), ("", ""),
])
def test_a_typed_choice_is_its_button(text, payload):
    assert pick(text, OFFERED) == payload


def test_a_memory_survives_being_stored():
    assert Memory.read(OFFERED.kept()) == OFFERED and Memory.read(BONES.kept()) == BONES and Memory.read(None) == Memory()


@pytest.mark.parametrize("text, who", [
    ("my mum has liver mets", "mum"), ("My poor wife is tired", "wife"), ("the missus is on ibrance", "missus"), ("one of my patients has liver mets", "patient"), ("District nurse here. What is a syringe driver?", "patient"), ("I am a nurse with breast cancer, I have liver mets", ""), ("I am a nurse and my mum has liver mets", "mum"),
    ("a patient of ours, my patient, is thirsty", "patient"), ("I have liver mets", ""), ("I have bone mets and my wife worries", ""), ("My chemo starts soon and my son is nine", ""),
    ("how do I tell my daughter", ""), ("my husband says I should rest", ""), ("is there help for my husband", "husband")])
def test_who_a_carer_speaks_of(text, who):
    assert context.who(text) == who


@pytest.mark.parametrize("text, only", [("I'm asking for my brother, he has it", True), ("this is all about my mum", True), ("asking for my wife, does it hurt?", False), ("my mum has liver mets", False)])
def test_a_message_may_only_say_for_whom(text, only):
    assert context.only_says_who(text) is only


@pytest.mark.parametrize("text, man", [
    ("I'm a man with breast cancer", True), ("Im a 62 year old bloke", True), ("my dad has it in his bones", True), ("Asking for my brother.", True),
    ("I am a woman of 40", False), ("my wife was diagnosed in May", False), ("Asking for my sister", False), ("I am a woman and my dad had cancer", False),
    ("My dad's got breast cancer", True), ("my husband's been diagnosed", True), ("I'm male", True),
    ("my husband has left me", None), ("my son has exams", None), ("asking for my partner", None), ("my wife has been so good to me", None),
    ("my husband says it is nothing", None), ("how do I tell my dad?", None), ("does it hurt?", None), ("I have a male nurse", None),
])
def test_a_man_is_noticed_and_never_assumed(text, man):
    assert context.of_man(text) is man


@pytest.mark.parametrize("memory, text, lacks", [
    (Memory(about=(("topic", "support_groups"),)), "is it given as a drip?", True), (Memory(), "how often do I take it?", True), (Memory(), "is it a tablet", True),
    (DRUG, "is it given as a drip?", False), (Memory(), "is letrozole a tablet, do I take it at night?", False), (BONES, "does it hurt?", False), (Memory(), "do they take it seriously?", False),
    (Memory(), "is that true given my age?", False), (Memory(), "can they take that lump out?", False), (Memory(), "can I take it easy?", False), (Memory(), "do I take it with food?", True),
])
def test_what_is_given_needs_a_name(memory, text, lacks):
    assert context.lacks_name(text, memory, reader()) is lacks


@pytest.mark.parametrize("text, asked", [("eribulin", "is eribulin given as a drip?"), ("I meant eribulin", "is eribulin given as a drip?"), ("what is eribulin?", "what is eribulin?"), ("liver", "liver")])
def test_a_name_completes_the_question_that_waits_for_it(text, asked):
    assert whole(text, Memory(open="is it given as a drip?"), reader(), store()) == asked


@pytest.mark.parametrize("slip", ["palbociclibb", "palbocicli", "palbociclb"])
def test_a_slip_in_a_name_leaves_the_follow_up_a_follow_up(slip):
    assert whole(f"and {slip}", LIVER, reader(), store()) == "what are symptoms in the liver, palbociclib?"


def test_the_other_one_is_what_was_talked_about_before():
    memory = Memory(question="what is an mri?", about=(("test", "mri"),), earlier=(("test", "ct"),))
    assert whole("and the other one, does it take as long?", memory, reader(), store()) == "and CT scan, does it take as long?"
