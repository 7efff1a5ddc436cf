"""The numpy forward pass gives the vectors of the published model.

Reference: all-MiniLM-L6-v2 in PyTorch 2.13 with transformers 4, mean pooling, first six numbers and the sum of each unit vector.
"""
import asyncio

import numpy as np
import pytest

from bot.encoder import ADAPTER, DIMENSIONS, Encoder, EncodingQueue, encoder, published

REFERENCE = {
    "what are the symptoms in the bones?": ([-0.00513, -0.02265, 0.00879, 0.05945, -0.05193, -0.05074], -0.0712),
    "Does palbociclib cause hair loss?": ([0.03517, 0.0032, -0.00722, -0.0071, -0.02114, -0.03682], 0.2375),
    "": ([-0.11884, 0.0483, -0.00255, -0.01101, 0.05195, 0.01029], 0.6291),
    "Cefal\u00e9e apr\u00e8s la chimio\u2026 38.5 \u00b0C": ([-0.00075, -0.07252, -0.05349, 0.03901, -0.01515, 0.04305], -0.0816),
}


@pytest.fixture(scope="module")
def plain():
    """The model as published, without what was learnt for this field."""
    return Encoder(published())


@pytest.mark.parametrize("text", REFERENCE)
def test_reference_vectors(text, plain):
    first, total = REFERENCE[text]
    vector = plain.encode(text)
    assert np.allclose(vector[:6], first, atol=2e-5) and abs(vector.sum() - total) < 1e-3
    assert abs(np.linalg.norm(vector) - 1) < 1e-5


def test_the_adapter_brings_ways_of_asking_together(plain):
    """Slang and doctors' words for one thing lie nearer to each other than to another thing; as published they do not."""
    asked = ["my mouth is full of sores since chemo", "oral mucositis", "my back is sore since chemo"]
    same, other = (lambda v: (v[0] @ v[1], v[0] @ v[2]))(encoder().encode_all(asked))
    was_same, was_other = (lambda v: (v[0] @ v[1], v[0] @ v[2]))(plain.encode_all(asked))
    assert same > other and was_same < was_other


def test_the_adapter_is_what_bot_adapt_learns():
    """The same vectors come out of PyTorch, where they were learnt, as out of numpy."""
    pytest.importorskip("torch")
    from safetensors.torch import load_file

    from bot.adapt import Model

    model = Model(published())
    for name, part in load_file(ADAPTER).items():
        model.parts[name].data = part.float()
    assert np.allclose(model.read(list(REFERENCE)).numpy(), encoder().encode_all(REFERENCE), atol=1e-4)


def test_many_texts_give_what_each_gives_alone():
    texts = ["back pain", "a much longer question about the liver and the lungs", "hip pain", "back pain"]
    assert np.allclose(encoder().encode_all(texts), [encoder().encode(t) for t in texts], atol=1e-5)


def test_no_texts_give_no_rows():
    assert encoder().encode_all([]).shape == (0, DIMENSIONS)


def test_a_very_long_text_is_cut_not_refused():
    assert encoder().encode("pain " * 3000).shape == (DIMENSIONS,)


def test_messages_at_the_same_time_share_passes_and_get_their_own_vectors():
    texts = [[f"question number {i} about the liver", "and the bones?"][: 1 + i % 2] for i in range(9)]

    async def together():
        queue = EncodingQueue()
        return await asyncio.gather(*(queue.encode_all(t) for t in texts))

    for asked, vectors in zip(texts, asyncio.run(together())):
        assert np.allclose(vectors, encoder().encode_all(asked), atol=1e-5)


def test_a_failed_pass_fails_its_messages_and_the_next_works():
    async def go():
        queue = EncodingQueue()
        with pytest.raises(TypeError):
            await queue.encode_all([None])
        return await queue.encode_all(["back pain"])

    assert asyncio.run(go()).shape == (1, DIMENSIONS)
