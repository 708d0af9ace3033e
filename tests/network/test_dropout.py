"""Dropout masks: functions of (seed, step, layer, example, unit) and of nothing else."""

import numpy as np
import pytest

from deltarule.network import Network
from deltarule.network.dropout import mask, masks
from deltarule.network.randomness import DROPOUT, raw_words32

NETWORK = Network.dense([4, 13, 8, 3], "relu", [0.5, 0.25])


def test_mask_known_answer():
    """Seed 7, step 5, layer 2, rate 1/2: four examples of ten units, one an entry."""
    expected = ["2000022000", "0000222000", "0222200220", "0222222220"]
    drawn = mask(seed=7, step=5, k=2, shape=(10, 4), rate=0.5)
    assert ["".join(str(int(x)) for x in column) for column in drawn.T] == expected


def test_a_unit_is_dropped_where_its_32_bit_word_is_below_the_rate():
    """Example i owns whole blocks of 8 words: 13 units take 16, of which 3 go unused."""
    words = raw_words32(3, DROPOUT, 1, 20, first_block=0, blocks=2 * 6).reshape(6, 16)
    drawn = mask(seed=3, step=20, k=1, shape=(13, 6), rate=0.3)
    for unit in range(13):
        for example in range(6):
            assert (drawn[unit, example] == 0) == (int(words[example, unit]) / 2**32 < 0.3)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_kept_units_are_scaled_up(dtype):
    drawn = mask(0, 0, 1, (50, 50), 0.3, dtype=dtype)
    assert drawn.dtype == dtype
    assert drawn.shape == (50, 50)
    assert set(np.unique(drawn)) == {dtype(0), dtype(1) / dtype(1 - 0.3)}


@pytest.mark.parametrize("rate", [0.01, 0.3, 0.5, 0.9])
def test_the_right_share_is_kept(rate):
    """Within 5 standard deviations of the binomial."""
    n = 500 * 200
    kept = np.count_nonzero(mask(1, 2, 3, (500, 200), rate))
    assert abs(kept - n * (1 - rate)) < 5 * np.sqrt(n * rate * (1 - rate))


@pytest.mark.parametrize(("first", "count"), [(0, 1), (3, 4), (9, 1)])
def test_a_slice_of_the_examples_has_the_masks_of_the_whole(first, count):
    whole = masks(NETWORK, seed=5, step=7, n_examples=10)
    part = masks(NETWORK, seed=5, step=7, n_examples=count, first_example=first)
    assert whole.keys() == part.keys() == {1, 2}
    for k in whole:
        np.testing.assert_array_equal(part[k], whole[k][:, first : first + count])


def test_only_layers_with_dropout_have_masks():
    assert masks(Network.dense([4, 5, 6, 3], "relu", [0, 0.5]), 0, 0, 2).keys() == {2}
    assert masks(Network.dense([4, 5, 6, 3], "relu"), 0, 0, 2) == {}


@pytest.mark.parametrize("factor", [0.3, 0.5])
def test_a_steps_factor_multiplies_the_rates(factor):
    drawn = masks(NETWORK, 5, 7, 10, dropout=factor)
    for k, n_units in ((1, 13), (2, 8)):
        rate = NETWORK.layers[k - 1].dropout * factor
        np.testing.assert_array_equal(drawn[k], mask(5, 7, k, (n_units, 10), rate))


def test_a_factor_of_zero_drops_nothing_and_one_changes_nothing():
    assert masks(NETWORK, 5, 7, 10, dropout=0.0) == {}
    plain, one = masks(NETWORK, 5, 7, 10), masks(NETWORK, 5, 7, 10, dropout=1.0)
    for k in plain:
        assert one[k].tobytes() == plain[k].tobytes()


def test_masks_differ_by_seed_step_layer_and_example():
    whose = [(seed, step, k) for seed in (0, 1) for step in (0, 1, 2) for k in (1, 2)]
    drawn = [mask(seed, step, k, (64, 3), 0.5) for seed, step, k in whose]
    columns = {tuple(column) for m in drawn for column in m.T}
    assert len(columns) == 3 * len(whose)


def test_masks_do_not_depend_on_the_order_of_calls():
    whose = [(seed, step, k) for seed in (0, 1) for step in (0, 1) for k in (1, 2)]
    forwards = [mask(*who, (9, 5), 0.5) for who in whose]
    backwards = [mask(*who, (9, 5), 0.5) for who in reversed(whose)]
    np.testing.assert_array_equal(forwards, backwards[::-1])


def test_float32_and_float64_drop_the_same_units():
    single = mask(0, 1, 2, (40, 40), 0.37, dtype=np.float32)
    np.testing.assert_array_equal(single == 0, mask(0, 1, 2, (40, 40), 0.37) == 0)
