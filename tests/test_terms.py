"""Terms are found by any name, misspelt too, and one drug is never taken for another."""
import pytest

from bot.terms import reader


def named(text):
    return {m.id for m in reader().read(text).mentions if not m.negated}


@pytest.mark.parametrize("text, expected", [
    ("does Ibrance cause hair loss?", {"palbociclib", "hair_loss"}),
    ("my mum takes letrazole", {"letrozole"}),
    ("capasitabine and my feet", {"capecitabine"}),
    ("kadcila", {"trastuzumab_emtansine"}),
    ("T-DXd or T-DM1?", {"trastuzumab_deruxtecan", "trastuzumab_emtansine"}),
    ("cdk4/6 inhibitors", {"cdk46"}),
    ("HER2+", {"her2_positive"}),
    ("CA 15-3", {"tumour_markers"}),
    ("x-ray", {"chest_xray"}),
    ("how it spreads", {"spread"}),
])
def test_names(text, expected):
    assert named(text) >= expected


@pytest.mark.parametrize("text, absent", [
    ("I have no fever", "fever"),
    ("without any cough", "cough"),
    ("I never had chemo", "chemotherapy"),
])
def test_negated_terms_do_not_count(text, absent):
    assert absent not in named(text)


def test_negation_ends_with_its_clause():
    assert named("no fever, but a cough") == {"cough"}


@pytest.mark.parametrize("word", ["living", "brains", "house", "Tuesday", "tamper"])
def test_plain_words_are_not_corrected(word):
    assert reader().correct(word) == word


@pytest.mark.parametrize("between", ["xgevo", "elacestramt", "imlunestrent"])
def test_a_near_drug_name_means_that_drug_or_nothing(between):
    assert reader().correct(between) in {between, "xgeva", "elacestrant", "imlunestrant"}


def test_offsets_point_at_the_words_as_typed():
    text = "is letrazole bad"
    [mention] = [m for m in reader().read(text).mentions if m.kind == "drug"]
    assert text[mention.start:mention.end] == "letrazole"
