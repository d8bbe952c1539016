from tinytorch.datasets.images import LabelledImages

class TinyDigits(LabelledImages):
    def __init__(self, train: bool = True) -> None: ...
