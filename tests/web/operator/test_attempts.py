import pytest

from executor.web.operator.attempts import FREE, LONGEST_SECONDS, MOST_ADDRESSES, MOST_RIGHT, Attempts


@pytest.fixture
def attempts(clock):
    return Attempts(clock)


def wrong(attempts, times, address="203.0.113.9"):
    for _ in range(times):
        attempts.wrong(address)


@pytest.mark.parametrize(("times", "seconds"), [(FREE - 1, 0), (FREE, 1), (FREE + 3, 8), (10_000, LONGEST_SECONDS)])
def test_the_wait_doubles_with_every_wrong_password_after_the_free_ones(attempts, times, seconds):
    wrong(attempts, times)
    assert attempts.wait_seconds("203.0.113.9") == seconds


def test_a_wait_ends_and_the_next_wrong_password_makes_it_longer(attempts, clock):
    wrong(attempts, FREE)
    clock.now += 1
    assert attempts.wait_seconds("203.0.113.9") == 0
    wrong(attempts, 1)
    assert attempts.wait_seconds("203.0.113.9") == 2


def test_the_right_password_starts_from_none(attempts):
    wrong(attempts, 50)
    attempts.right("203.0.113.9")
    assert attempts.wait_seconds("203.0.113.9") == 0


def test_an_address_that_was_right_once_stays_known(attempts):
    assert not attempts.was_right("203.0.113.9")
    attempts.right("203.0.113.9")
    wrong(attempts, 1)
    assert attempts.was_right("203.0.113.9")
    assert attempts.was_wrong("203.0.113.9")
    for n in range(MOST_RIGHT):
        attempts.right(f"10.0.0.{n}")
    assert not attempts.was_right("203.0.113.9")


def test_addresses_are_counted_apart_and_the_ipv6_ones_of_a_customer_together(attempts):
    wrong(attempts, FREE, "2001:db8::1")
    assert attempts.wait_seconds("2001:db8::2") == 1
    assert attempts.wait_seconds("2001:db8:1::1") == 0
    assert attempts.wait_seconds("203.0.113.9") == 0


def test_no_more_addresses_than_so_many_are_remembered(attempts):
    wrong(attempts, FREE)
    for n in range(MOST_ADDRESSES):
        attempts.wrong(f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}")
    assert attempts.wait_seconds("203.0.113.9") == 0


def test_more_ipv6_networks_than_are_remembered_wait_too(attempts):
    for n in range(MOST_ADDRESSES + 1):
        attempts.wrong(f"2001:db8:0:{n:x}::1")
    assert attempts.wait_seconds("2001:db8::1") == LONGEST_SECONDS
