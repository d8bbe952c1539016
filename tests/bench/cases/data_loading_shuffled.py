"""The same images in a new order each epoch: one batch. An epoch's orders differ, so that its sums are compared."""

import itertools
import runpy
from pathlib import Path

PLAIN = runpy.run_path(str(Path(__file__).with_name("data_loading.py")))
THREADS = PLAIN["THREADS"]
IMAGES, LABELS, Checksum = (PLAIN[name] for name in ("IMAGES", "LABELS", "Checksum"))


class EpochChecksum:
    """The mean of the sums of an epoch's images, each by its label: the same in every order."""

    def __init__(self, loader):
        self.loader = loader

    def item(self):
        return sum(Checksum(batch).item() for batch in self.loader) / len(LABELS)


def endless(loader):
    batches = itertools.chain.from_iterable(itertools.repeat(loader))
    checksum = EpochChecksum(loader)

    def step():
        next(batches)
        return checksum

    return step


def ours():
    from tinytorch.data import DataLoader, TensorDataset

    return endless(DataLoader(TensorDataset(IMAGES, LABELS), batch_size=128, shuffle=True, seed=0))


def theirs():
    import torch
    from torch.utils.data import DataLoader, TensorDataset

    dataset = TensorDataset(torch.from_numpy(IMAGES), torch.from_numpy(LABELS))
    return endless(DataLoader(dataset, batch_size=128, shuffle=True, num_workers=0))
