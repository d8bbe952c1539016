def test_the_difference_and_a_copy(learner, expect):
    fresh = learner.path("01_box").read_bytes()
    learner.edit(
        "01_box",
        "# YOUR CODE HERE\n        raise NotImplementedError()\n\n    def size",
        "pass\n\n    def size",
    )
    mine = learner.path("01_box").read_bytes()
    expect(learner.tt("reset", "01"), "reset", 0)
    assert learner.path("01_box").read_bytes() == fresh
    (copy,) = (learner.folder / ".tinytorch/backups").iterdir()
    assert copy.read_bytes() == mine


def test_twice_in_a_second_keeps_both(learner):
    for text in ("one\n", "two\n"):
        learner.path("01_box").write_text(text, "utf-8")
        assert learner.tt("reset", "01").code == 0
    kept = {p.read_text("utf-8") for p in (learner.folder / ".tinytorch/backups").iterdir()}
    assert kept == {"one\n", "two\n"}


def test_nothing_to_reset(learner, expect):
    expect(learner.tt("reset", "01"), "unchanged", 0)
    expect(learner.tt("reset", "02"), "not_started", 2)


def test_a_file_that_is_no_text(learner, expect):
    learner.path("01_box").write_bytes(b"\xff\xfe\x00")
    expect(learner.tt("reset", "01"), "no_text", 0)
