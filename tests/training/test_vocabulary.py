"""What a vocabulary is learnt from."""

from diffgem_engine.training.corpus.documents import Document
from diffgem_engine.training.vocabulary import sample

DOCUMENTS = [Document("p", f"{n}.py", f"x = {n}\n" * 10) for n in range(10, 30)]
LENGTH = len(DOCUMENTS[0].text)


def test_it_is_drawn_from_everywhere_and_always_alike():
    """Guards a vocabulary of the first projects by name, and one that a resumed run lacks."""
    drawn = [*sample(DOCUMENTS, 5 * LENGTH)]
    assert drawn == [*sample(DOCUMENTS, 5 * LENGTH)]
    assert len(set(drawn)) == 5
    assert not {*drawn} <= {document.text for document in DOCUMENTS[:10]}


def test_it_ends_where_enough_is_read_or_all():
    """Guards a whole corpus in memory, and documents that are read twice."""
    assert [*sample(DOCUMENTS, 0)] == []
    assert len([*sample(DOCUMENTS, 2 * LENGTH + 1)]) == 3
    everything = [*sample(DOCUMENTS, 10**9)]
    assert sorted(everything) == sorted(document.text for document in DOCUMENTS)
