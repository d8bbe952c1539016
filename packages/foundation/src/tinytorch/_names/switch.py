"""A `contextmanager` that may decorate a generator function too: `@no_grad()` holds whenever that one runs."""

from contextlib import ContextDecorator, contextmanager
from functools import wraps

GENERATOR = 0x20  # inspect.CO_GENERATOR: importing inspect takes 5 ms


class Switch(ContextDecorator):
    """`with switch(...)`, `@switch(...)`: `make` is a generator function with one `yield`."""

    def __init__(self, make, arguments):
        self.make, self.arguments, self.entered = contextmanager(make), arguments, []

    def __enter__(self):
        self.entered.append(self.make(*self.arguments))
        return self.entered[-1].__enter__()

    def __exit__(self, *error):
        return self.entered.pop().__exit__(*error)

    def _recreate_cm(self):
        return Switch(self.make.__wrapped__, self.arguments)

    def __call__(self, function):
        if not getattr(function, "__code__", None) or not function.__code__.co_flags & GENERATOR:
            return super().__call__(function)

        @wraps(function)
        def steps(*inputs, **options):
            inside, resume = function(*inputs, **options), lambda: next(inside)
            while True:
                with self._recreate_cm():
                    try:
                        item = resume()
                    except StopIteration as end:
                        return end.value
                try:
                    sent = yield item
                    resume = lambda sent=sent: inside.send(sent)  # noqa: E731 - the next step
                except GeneratorExit:
                    inside.close()
                    raise
                except BaseException as error:
                    resume = lambda error=error: inside.throw(error)  # noqa: E731 - the next step

        return steps


def switch(make):
    @wraps(make)
    def opened(*arguments):
        return Switch(make, arguments)

    return opened
