"""The classifier predicts what scikit-learn predicts, and survives being stored."""
import asyncio

import numpy as np

from bot import learn
from bot.encoder import EncodingQueue

TEXTS = ["where does it hurt", "what hurts", "where is the pain", "thank you", "thanks a lot", "many thanks to you", "hello", "hello there", "good morning to you"] * 4
INTENTS = ["ask", "ask", "ask", "thank", "thank", "thank", "greet", "greet", "greet"] * 4
VECTORS = np.random.default_rng(0).normal(size=(36, 384)).astype(np.float32) / 20


def test_predictions_are_those_of_scikit_learn():
    from sklearn.linear_model import LogisticRegression

    model = learn.KindClassifier.train(TEXTS, INTENTS, VECTORS)
    grams = learn._grams().fit(TEXTS)
    features = np.hstack([learn.VECTOR_WEIGHT * VECTORS, grams.transform(TEXTS).toarray()])
    expected = LogisticRegression(C=learn._KIND_C, max_iter=300, class_weight="balanced").fit(features, INTENTS).predict_proba(features)
    assert np.abs(expected - model.predict(TEXTS, VECTORS)).max() < 1e-3


def test_a_stored_model_is_the_same_model():
    model = learn.KindClassifier.train(TEXTS, INTENTS, VECTORS)
    again = learn.KindClassifier.from_state(model.state())
    assert np.allclose(model.predict(TEXTS, VECTORS), again.predict(TEXTS, VECTORS), atol=1e-6)


def test_a_text_without_known_letters_still_gets_probabilities():
    chances = learn.KindClassifier.train(TEXTS, INTENTS, VECTORS).predict(["\u6f22\u5b57"], VECTORS[:1])
    assert abs(chances.sum() - 1) < 1e-5


def test_directions_point_at_the_fact_that_questions_ask_for():
    owners = [0, 1, 3] * 12
    vectors = VECTORS + np.eye(384, dtype=np.float32)[owners]
    found = learn.directions(vectors, owners, 4)
    assert (vectors @ found.T).argmax(1).tolist() == owners and not found[2].any()


def test_a_story_is_read_whole_and_several_questions_each():
    story = "I was diagnosed in May. We went on holiday. Does letrozole hurt the bones? I hope you can help."
    assert learn.pieces(story) == [story]
    assert learn.pieces("What is letrozole? I start today. Does it hurt?") == ["What is letrozole? I start today. Does it hurt?", "What is letrozole?", "does letrozole hurt?"]


def test_nothing_has_no_pieces():
    assert learn.pieces("") == [] and learn.pieces("   ") == []


def test_what_was_understood_beside_the_loop_is_used_once():
    asyncio.run(learn.understand_beside("what is letrozole?", EncodingQueue()))
    kept = learn._understood["what is letrozole?"]
    assert learn.understand("what is letrozole?") is kept and not learn._understood
    assert np.allclose(learn.understand("what is letrozole?").vectors, kept.vectors, atol=1e-5)


def test_too_long_a_message_has_no_pieces():
    assert learn.understand("pain " * 500).pieces == [] and learn.understand("").vectors.shape == (0, 384)
