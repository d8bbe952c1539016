from os import PathLike

from tinytorch.datasets.images import LabelledImages

class MNIST(LabelledImages):
    def __init__(self, train: bool = True, root: str | PathLike[str] | None = None, download: bool = False) -> None: ...
