"""The exchange's order records: a list of many pages is read to its end, however little at a time is allowed."""

from executor.core.order import State


def test_many_pages_are_read_by_many_processes(make_desk):
    """Of 10 pages a second, looks for evidence may ask for 6, and each of 4 processes for one."""
    desk = make_desk()
    for number in range(75):
        turned = {"long": "0", "short": "10"} if number % 2 == 0 else {"long": "10", "short": "0"}
        desk.move(source="reverse", **turned)
    for _ in range(4):
        desk.run()
    desk.wait_for(lambda: all(knows_of(runner, 4) for runner in desk.runners))
    desk.fault("click-backhand:drop-request:1")
    assert desk.end(desk.signal("short", symbol="BTCUSDT")).state is State.CONFIRMED


def knows_of(runner, processes, account="main"):
    return runner.accounts.get(account).exchange._budget._processes == processes


def test_a_doubt_that_harms_is_looked_up_by_many_processes(make_desk):
    """Its order is sought by its id as well, in the same history that has just been read."""
    desk = make_desk()
    for _ in range(4):
        desk.run()
    desk.wait_for(lambda: all(knows_of(runner, 4, "net") for runner in desk.runners))
    desk.fault("click-backhand:drop-request:1")
    assert desk.end(desk.signal("short", account="net")).state is State.CONFIRMED
