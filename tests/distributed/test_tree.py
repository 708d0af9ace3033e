"""Who adds what: every slice has one owner, and any owners add up the same tree."""

import numpy as np
import pytest

from deltarule.distributed import SERIAL, Share
from deltarule.distributed.tree import add_up, owned, subtrees

SHARDS = [1, 2, 4, 8, 64]


def drawn(some):
    """The sum of slices, written down as it is made."""
    if len(some) == 1:
        return str(some[0])
    half = len(some) // 2
    return f"({drawn(some[:half])}+{drawn(some[half:])})"


@pytest.mark.parametrize("shards", SHARDS)
def test_every_slice_has_one_owner_and_every_worker_has_some(shards):
    for size in range(1, shards + 1):
        slices = [owned(rank, size, shards) for rank in range(size)]
        assert [i for some in slices for i in some] == list(range(shards))
        assert max(map(len, slices)) - min(map(len, slices)) <= 1
        assert all(slices)


@pytest.mark.parametrize("shards", SHARDS)
def test_any_number_of_workers_adds_up_the_same_tree(shards):
    for size in range(1, shards + 1):
        nodes = [node for rank in range(size) for node in subtrees(owned(rank, size, shards))]
        total = add_up([(node, drawn(node)) for node in nodes], "({}+{})".format)
        assert total == drawn(range(shards))


def test_workers_whose_number_divides_that_of_slices_have_one_subtree_each():
    """So that they send what goes around a ring, and no more."""
    for size in (1, 2, 4, 8, 16):
        assert all(len(subtrees(owned(rank, size, 16))) == 1 for rank in range(size))


def test_a_share_has_the_parts_of_its_slices():
    numbers = np.arange(20)
    shares = [Share(owned(rank, 3, 8), 8) for rank in range(3)]
    assert np.array_equal(sum(share.has(numbers) for share in shares), np.ones(20))
    assert numbers[shares[1].has(numbers)].tolist() == [2, 3, 4, 10, 11, 12, 18, 19]
    assert not shares[1].is_all
    assert SERIAL.share(8).is_all


def test_one_worker_keeps_no_vectors_beside_the_sum():
    """What several keep is seen in their own program, ``add_up.py``."""
    assert SERIAL.n_vectors(8) == 0


def test_one_worker_computes_the_whole_tree_at_once():
    asked, out = [], np.zeros(3)
    numbers, total = SERIAL.add(4, lambda some, into: asked.append((some, into)) or np.ones(1), out)
    assert asked == [(range(4), out)]
    assert numbers.tolist() == [1.0]
    assert total is out
    assert SERIAL.gather(lambda: 3, sum) == 3
