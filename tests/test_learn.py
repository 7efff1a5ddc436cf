"""The classifier predicts what scikit-learn predicts, and survives being stored."""
import asyncio

import numpy as np

from bot import classifiers, learn
from bot.encoder import EncodingQueue

TEXTS = ["where does it hurt", "what hurts", "where is the pain", "thank you", "thanks a lot", "many thanks to you", "hello", "hello there", "good morning to you"] * 4
INTENTS = ["ask", "ask", "ask", "thank", "thank", "thank", "greet", "greet", "greet"] * 4
VECTORS = np.random.default_rng(0).normal(size=(36, 384)).astype(np.float32) / 20


def test_predictions_are_those_of_scikit_learn():
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    model = classifiers.KindClassifier.train(TEXTS, INTENTS, VECTORS)
    grams = TfidfVectorizer(sublinear_tf=True, **classifiers._LETTERS).fit(TEXTS)
    features = np.hstack([classifiers.VECTOR_WEIGHT * VECTORS, grams.transform(TEXTS).toarray()])
    expected = LogisticRegression(C=classifiers._KIND_C, max_iter=300, class_weight="balanced").fit(features, INTENTS).predict_proba(features)
    assert np.abs(expected - model.predict(TEXTS, VECTORS)).max() < 1e-3


def test_a_stored_model_is_the_same_model():
    model = classifiers.KindClassifier.train(TEXTS, INTENTS, VECTORS)
    again = classifiers.KindClassifier.from_state(model.state())
    assert np.allclose(model.predict(TEXTS, VECTORS), again.predict(TEXTS, VECTORS), atol=1e-6)


def test_a_text_without_known_letters_still_gets_probabilities():
    chances = classifiers.KindClassifier.train(TEXTS, INTENTS, VECTORS).predict(["\u6f22\u5b57"], VECTORS[:1])
    assert abs(chances.sum() - 1) < 1e-5


def test_directions_point_at_the_fact_that_questions_ask_for():
    owners = [0, 1, 3] * 12
    vectors = VECTORS + np.eye(384, dtype=np.float32)[owners]
    found = learn.directions(vectors, owners, 4)
    assert (vectors @ found.T).argmax(1).tolist() == owners and not found[2].any()


def test_a_story_is_read_whole_and_several_questions_each():
    story = "I was diagnosed in May. We went on holiday. Does letrozole hurt the bones? I hope you can help."
    assert learn.pieces(story) == (story,)
    assert learn.pieces("What is letrozole? I start today. Does it hurt?") == ("What is letrozole? I start today. Does it hurt?", "What is letrozole?", "does letrozole hurt?")


def test_nothing_has_no_pieces():
    assert learn.pieces("") == () and learn.pieces("   ") == ()


def test_what_was_understood_beside_the_loop_is_used_once():
    asyncio.run(learn.understand_beside("what is letrozole?", EncodingQueue()))
    kept = learn._understood["what is letrozole?"]
    assert learn.understand("what is letrozole?") is kept and not learn._understood
    assert np.allclose(learn.understand("what is letrozole?").vectors, kept.vectors, atol=1e-5)


def test_too_long_a_message_has_no_pieces():
    assert learn.understand("pain " * 500).pieces == () and learn.understand("").vectors.shape == (0, 384)


def recogniser():
    """A Recogniser of "where" and "hello" among thanks."""
    ids = [{"ask": "where", "greet": "hello", "thank": "none"}[intent] for intent in INTENTS]
    vectors = VECTORS + np.eye(384, dtype=np.float32)[[sorted(set(ids)).index(id_) for id_ in ids]]
    return classifiers.Recogniser.train(ids, TEXTS, vectors, "none"), vectors


def test_a_recogniser_says_whether_and_which():
    model, vectors = recogniser()
    for text, intent, vector in zip(TEXTS, INTENTS, vectors):
        chances = model.predict(text, vector)
        assert abs(sum(chances.values()) - 1) < 1e-5 and max(chances, key=chances.get) == {"ask": "where", "greet": "hello", "thank": "none"}[intent]


def test_the_words_count_beside_the_vector():
    model, vectors = recogniser()
    assert model.predict("many thanks to you", vectors[0])["none"] > model.predict("where does it hurt", vectors[0])["none"]


def test_a_stored_recogniser_is_the_same():
    model, vectors = recogniser()
    again = classifiers.Recogniser.from_state(model.state())
    assert again.predict(TEXTS[0], vectors[0]) == model.predict(TEXTS[0], vectors[0])


def test_word_grams_are_those_of_scikit_learn():
    from sklearn.feature_extraction.text import TfidfVectorizer

    grams, features = classifiers.Grams.learn(TEXTS, classifiers._WORDS)
    expected = TfidfVectorizer(sublinear_tf=True, **classifiers._WORDS).fit(TEXTS).transform(["no where does it hurt hello"]).toarray()[0]
    assert np.allclose(grams.times("no where does it hurt hello", np.eye(len(expected))), expected, atol=1e-6) and features.shape == (36, len(expected))


def test_vectors_are_kept_from_one_training_to_the_next(tmp_path, monkeypatch):
    from bot import vectors

    first = vectors.Kept(tmp_path).of(["no fever", "a fever", "no fever"])
    monkeypatch.setattr(vectors, "encoder", None)               # nothing is worked out again
    again = vectors.Kept(tmp_path).of(["a fever", "no fever"])
    assert first.shape == (3, 384) and (again == first[[1, 0]]).all()
    assert len(list(tmp_path.iterdir())) == 1
