"""Everything that can be said is easy to read, and the measure measures."""
import pytest

from bot import plain


def test_everything_keeps_to_the_limits():
    graded = plain.everything()
    assert len(graded) > 600
    assert plain.kept(plain.summary(graded)), "\n".join(plain.report(graded))


def test_answers_detail_figures_safety_and_replies_are_all_read():
    where = " ".join(name for name, _ in plain.said(plain.store()))
    for part in ("(answer)", "(detail)", "(figures)", "safety.yml: cord_compression", "domain.yml: utter_greet", "answers.py: NO_ANSWER"):
        assert part in where


def test_a_name_of_a_drug_does_not_make_a_text_hard():
    graded = plain.grade("x", "You take palbociclib at home.")
    assert graded.masked < graded.raw


@pytest.mark.parametrize("found, expected", [
    ({"raw": (7.0, 11.0), "masked": (6.0, 8.0)}, True),
    ({"raw": (7.1, 11.0), "masked": (6.0, 8.0)}, False),
    ({"raw": (7.0, 11.0), "masked": (6.0, 8.1)}, False),
])
def test_a_limit_that_is_broken_is_told(found, expected):
    assert plain.kept(found) is expected


def test_the_summary_is_median_and_what_95_percent_keep_to():
    graded = [plain.Graded(str(n), "", float(n), 0.0) for n in range(1, 101)]
    assert plain.summary(graded)["raw"] == (50.5, 95.0)
