"""Rows held out: every class in its share, whole groups, or the latest rows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deltarule.data import HashedSplit, ListedSplit, NoSplit, hold_out, hold_out_each
from deltarule.data.split import MOST_VALIDATED

CLASSES = st.lists(st.integers(0, 6), min_size=1, max_size=300).map(
    lambda y: np.unique(y, return_inverse=True)[1]
)
SEEDS = st.integers(0, 2**64 - 1)


def of_classes_with_rows(y, rows):
    """Leave out those of classes with a single row, which are trained on whatever their group."""
    return rows[np.bincount(y)[y[rows]] > 1]


def entries_for(values):
    """Draw classes, and as many groups or moments."""
    return CLASSES.flatmap(
        lambda y: st.tuples(
            st.just(y), st.lists(values, min_size=len(y), max_size=len(y)).map(np.array)
        )
    )


@given(y=CLASSES, fraction=st.floats(0.01, 0.5), seed=SEEDS)
def test_disjoint_complete_and_sorted(y, fraction, seed):
    train, valid = hold_out(y, fraction, seed)
    assert sorted([*train, *valid]) == list(range(len(y)))
    assert (np.diff(train) > 0).all()
    assert (np.diff(valid) > 0).all()


@given(y=CLASSES, fraction=st.floats(0.01, 0.5), seed=SEEDS)
def test_every_class_stays_in_training(y, fraction, seed):
    """Also one with a single row; and what is validated on has been trained on."""
    train, valid = hold_out(y, fraction, seed)
    assert set(y[train]) == set(y)
    counts = np.bincount(y)
    assert all(counts[label] > 1 for label in y[valid])


@given(y=CLASSES, fraction=st.floats(0.01, 0.5), seed=SEEDS)
def test_same_seed_same_rows(y, fraction, seed):
    first, again = hold_out(y, fraction, seed), hold_out(y, fraction, seed)
    assert all(map(np.array_equal, first, again))


def test_another_seed_other_rows():
    y = np.arange(200) % 4
    assert len({hold_out(y, 0.2, seed)[1].tobytes() for seed in range(20)}) == 20


@pytest.mark.parametrize("fraction", [0.1, 0.2, 0.33])
def test_shares_are_kept(fraction):
    """To one row a class, and to one row in all."""
    y = np.repeat([0, 1, 2], [700, 250, 50])
    _, valid = hold_out(y, fraction, seed=0)
    assert len(valid) == pytest.approx(fraction * len(y), abs=1)
    assert np.bincount(y[valid]) == pytest.approx(fraction * np.bincount(y), abs=1)


def test_a_class_with_a_single_row_stays_in_training():
    y = np.r_[np.zeros(50, int), np.ones(50, int), 2]
    for seed in range(10):
        train, valid = hold_out(y, 0.2, seed)
        assert 100 in train
        assert set(y[valid]) == {0, 1}


@pytest.mark.parametrize(
    "y", [[0], [0, 1], [0, 1, 2, 3], [0, 0, 1, 1], [0, 1, 1, 1], list(range(30))], ids=str
)
@pytest.mark.parametrize("by", [None, "groups", "order"])
def test_where_there_are_too_few_rows_none_is_held_out(y, by):
    """Fewer than four a class on average: all are needed to learn from."""
    entries = {} if by is None else {by: np.arange(len(y))}
    train, valid = hold_out(np.array(y), 0.2, seed=0, **entries)
    assert train.tolist() == list(range(len(y)))
    assert len(valid) == 0


def test_one_class_alone_is_split_too():
    train, valid = hold_out(np.zeros(100, int), 0.2, seed=0)
    assert (len(train), len(valid)) == (80, 20)


def test_many_small_classes_have_one_row_each_to_validate_on():
    """A fifth of 4 rows is less than one: the share grows to one row a class."""
    y = np.repeat(np.arange(10), 4)
    _, valid = hold_out(y, 0.05, seed=0)
    assert np.bincount(y[valid]).tolist() == [1] * 10


@given(entries_for(st.integers(0, 20)), st.floats(0.01, 0.5), SEEDS)
def test_groups_stay_whole_whatever_they_are(entries, fraction, seed):
    y, groups = entries
    train, valid = hold_out(y, fraction, seed, groups=groups)
    assert sorted([*train, *valid]) == list(range(len(y)))
    assert len(train)
    assert not set(groups[of_classes_with_rows(y, train)]) & set(groups[valid])


@pytest.mark.parametrize("seed", range(5))
def test_of_many_groups_a_fifth_of_the_rows_is_held_out_and_of_each_class(seed):
    rng = np.random.default_rng(seed)
    groups = rng.integers(0, 100, 2000)
    y = np.where(rng.random(2000) < 0.8, rng.integers(0, 2, 2000), groups % 3)
    _, valid = hold_out(y, 0.2, seed, groups=groups)
    assert len(valid) / 2000 == pytest.approx(0.2, abs=0.02)
    assert np.bincount(y[valid]) / np.bincount(y) == pytest.approx([0.2] * 3, abs=0.04)


def test_groups_are_held_out_by_the_seed():
    y, groups = np.arange(400) % 2, np.arange(400) // 10

    def held(seed):
        return hold_out(y, 0.2, seed, groups=groups)[1].tobytes()

    assert held(3) == held(3)
    assert len({held(seed) for seed in range(10)}) == 10


@pytest.mark.parametrize(
    "names", [["ann", "bob", "çem", "dot", "eve"], [1.5, 2.0, 3.0, 4.0, 5.0], [True, False] * 2]
)
def test_groups_are_of_any_type(names):
    groups = np.repeat(names, 20)
    train, valid = hold_out(np.arange(len(groups)) % 2, 0.2, 0, groups=groups)
    assert len(valid)
    assert not set(groups[train]) & set(groups[valid])


def test_one_group_cannot_be_split():
    y = np.arange(100) % 2
    train, valid = hold_out(y, 0.2, 0, groups=np.zeros(100))
    assert (len(train), len(valid)) == (100, 0)


@pytest.mark.parametrize("sizes", [[800, 100, 100], [600, 300, 100], [10, 20, 900, 30, 40]])
def test_most_rows_are_trained_on_though_one_group_has_most(sizes):
    groups = np.repeat(np.arange(len(sizes)), sizes)
    y = np.random.default_rng(0).integers(0, 2, len(groups))
    for seed in range(5):
        _, valid = hold_out(y, 0.2, seed, groups=groups)
        assert 0 < len(valid) <= len(y) / 2


def test_of_groups_and_of_the_latest_rows_too_a_class_with_a_single_row_stays_in_training():
    y = np.r_[np.arange(99) % 2, 2]
    for seed in range(20):
        assert 2 in y[hold_out(y, 0.2, seed, groups=np.arange(100))[0]]
    assert 2 in y[hold_out(y, 0.2, 0, order=np.arange(100))[0]]


@given(entries_for(st.integers(0, 50)), st.floats(0.01, 0.5), SEEDS)
def test_no_row_in_training_is_later_than_one_held_out(entries, fraction, seed):
    y, order = entries
    train, valid = hold_out(y, fraction, seed, order=order)
    assert sorted([*train, *valid]) == list(range(len(y)))
    train = of_classes_with_rows(y, train)
    if len(valid) and len(train):
        assert order[train].max() < order[valid].min()


@given(entries_for(st.integers(0, 50)), SEEDS, SEEDS)
def test_the_latest_rows_do_not_depend_on_the_seed(entries, seed, other):
    y, order = entries
    one, two = (hold_out(y, 0.2, s, order=order) for s in (seed, other))
    assert all(map(np.array_equal, one, two))


MOMENTS = {
    "numbers": np.arange(100),
    "dates": np.datetime64("2020-01-01") + np.arange(100),
    "text": np.char.zfill(np.arange(100).astype(str), 3),
}


@pytest.mark.parametrize("order", MOMENTS.values(), ids=MOMENTS)
@pytest.mark.parametrize("fraction", [0.1, 0.2])
def test_the_latest_share_is_held_out_wherever_it_stands(order, fraction):
    places = np.random.default_rng(0).permutation(100)
    _, valid = hold_out(np.arange(100) % 2, fraction, 0, order=order[places])
    assert sorted(places[valid]) == list(range(round(100 - 100 * fraction), 100))


def test_of_the_same_moment_all_rows_are_held_out_or_none():
    order = np.repeat([1, 2, 3, 4], 25)
    _, valid = hold_out(np.arange(100) % 2, 0.2, 0, order=order)
    assert valid.tolist() == list(range(75, 100))


def test_where_all_is_of_one_moment_none_is_held_out():
    train, valid = hold_out(np.arange(100) % 2, 0.2, 0, order=np.ones(100))
    assert (len(train), len(valid)) == (100, 0)


def test_where_the_last_moment_is_in_all_rows_but_too_many_those_after_it_are_held_out():
    order = np.r_[np.ones(95), np.full(5, 2)]
    _, valid = hold_out(np.arange(100) % 2, 0.2, 0, order=order)
    assert valid.tolist() == list(range(95, 100))


def test_most_rows_are_trained_on_though_one_moment_has_most():
    order = np.r_[np.zeros(8), np.ones(89), np.full(3, 2)]
    _, valid = hold_out(np.arange(100) % 2, 0.2, 0, order=order)
    assert 0 < len(valid) <= 50


# Several networks


@given(y=CLASSES, count=st.integers(1, 12), seed=SEEDS)
def test_each_of_several_is_disjoint_complete_and_sorted(y, count, seed):
    each = hold_out_each(y, 0.2, seed, count)
    assert len(each) == count
    for train, valid in each:
        assert sorted([*train, *valid]) == list(range(len(y)))
        assert (np.diff(train) > 0).all()
        assert (np.diff(valid) > 0).all()
        assert set(y[train]) == set(y)
        assert (np.bincount(y)[y[valid]] > 1).all()


@given(y=CLASSES, seed=SEEDS)
def test_one_network_has_what_hold_out_says(y, seed):
    (one,) = hold_out_each(y, 0.2, seed, 1)
    assert all(map(np.array_equal, one, hold_out(y, 0.2, seed)))


@pytest.mark.parametrize("groups", [None, np.arange(200) // 3])
@pytest.mark.parametrize("count", [2, 3, 5, 10, 15])
def test_every_row_that_is_held_out_is_held_out_by_two(count, groups):
    """Twice a fifth by ten is all of them."""
    y = np.arange(200) % 3
    each = hold_out_each(y, 0.2, 7, count, groups=groups)
    times = np.bincount(np.concatenate([valid for _, valid in each]), minlength=200)
    of_each_cut = {2: {0, 2}, 3: {0, 2}, 5: {0, 2}, 10: {2}, 15: {2, 4}}
    assert set(times) == of_each_cut[count]
    assert times.sum() == pytest.approx(count * 40, abs=3 * count)


def test_networks_hold_out_different_rows():
    each = hold_out_each(np.arange(200) % 3, 0.2, 7, 15)
    assert len({valid.tobytes() for _, valid in each}) == 15


def test_a_class_of_two_rows_is_learnt_by_all():
    y = np.r_[np.arange(198) % 3, 3, 3]
    for train, valid in hold_out_each(y, 0.2, 0, 10):
        assert 3 in y[train]
        assert len(valid) > 30


def test_groups_stay_whole_for_each():
    y, groups = np.arange(300) % 2, np.random.default_rng(0).integers(0, 30, 300)
    for train, valid in hold_out_each(y, 0.2, 0, 10, groups=groups):
        assert not set(groups[train]) & set(groups[valid])


def test_the_latest_rows_are_held_out_by_all():
    y, order = np.arange(100) % 2, np.arange(100)[::-1]
    each = hold_out_each(y, 0.2, 0, 3, order=order)
    assert all(np.array_equal(valid, np.arange(20)) for _, valid in each)


def test_too_few_rows_are_held_out_by_none():
    for train, valid in hold_out_each(np.array([0, 1, 0, 1]), 0.2, 0, 3):
        assert (len(train), len(valid)) == (4, 0)


N_HASHED = 1_000_000
NUMBERS = np.arange(N_HASHED)


@pytest.mark.parametrize("count", [1, 2, 3, 8, 30])
def test_a_hash_holds_out_as_the_list_does(count):
    """Two parts each, every part by two networks; other parts when these are used up."""
    split = HashedSplit.of(N_HASHED, 0.2, count, np.array([0, 5]))
    assert split.n_parts == round(2 * N_HASHED / MOST_VALIDATED) == 15
    masks = np.array([split.held_out(i, NUMBERS) for i in range(count)])
    for mask in masks:
        assert mask.sum() == pytest.approx(split.most_held_out(N_HASHED), rel=0.02)
    assert not masks[:, [0, 5]].any(), "the first rows of classes are trained on by all"
    if count == 8:
        assert set(masks.sum(axis=0)) == {0, 2}
        overlap = (masks[0] & masks[1]).sum() / masks[0].sum()
        assert overlap == pytest.approx(0.5, abs=0.02)
        assert not (masks[0] & masks[4]).any()
    if count == 30:
        independent = (masks[0] & masks[15]).sum() / masks[0].sum()
        assert independent == pytest.approx(2 / 15, abs=0.01)
    assert not split.held_out(count, NUMBERS).any(), "those that are refitted"


def test_whether_a_row_is_held_out_hangs_on_its_number_alone():
    split = HashedSplit.of(N_HASHED, 0.2, 3, np.array([7]))
    whole = split.held_out(1, NUMBERS)
    assert np.array_equal(split.held_out(1, NUMBERS[500:900]), whole[500:900])
    assert np.array_equal(split.held_out(1, NUMBERS[::-7]), whole[::-7])


def test_of_a_table_that_is_not_so_long_a_fifth_is_held_out():
    assert HashedSplit.of(1000, 0.2, 1, np.array([0])).n_parts == 10


def test_a_split_that_is_listed_holds_out_what_is_listed():
    split = ListedSplit.of(6, [np.array([0, 3]), np.array([5])])
    assert split.held_out(0, np.arange(6)).tolist() == [True, False, False, True, False, False]
    assert split.held_out(1, np.array([4, 5])).tolist() == [False, True]
    assert not split.held_out(2, np.arange(6)).any()
    assert split.most_held_out(6) == 2
    assert len({split.described(i) for i in range(3)}) == 3
    assert split.described(7) == NoSplit().described(0) == "all"
