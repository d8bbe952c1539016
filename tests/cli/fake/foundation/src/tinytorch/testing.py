"""One assertion that says what was called, wanted and got."""


def check(call, got, want):
    if got != want:
        raise AssertionError(f"{call}\nwanted  {want!r}\ngot     {got!r}")
