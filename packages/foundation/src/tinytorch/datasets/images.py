"""What every set of labelled images shares."""

import numpy as np


def whether_to_train(train):
    """`train` as True or False. Any text is true, "test" and the name of a folder too, so it is refused."""
    if not isinstance(train, (bool, np.bool_)):
        raise TypeError(f"train is True or False, not {train!r}; a folder is given as root=...")
    return bool(train)


class LabelledImages:
    """Images and their labels in two arrays of the same length.

    images: uint8, (n, height, width) grey or (n, channels, height, width); 0 is black, 255 white.
    labels: int64, (n,).
    """

    def __init__(self, images, labels):
        if len(images) != len(labels):
            raise ValueError(f"{len(images)} images do not fit {len(labels)} labels")
        self.images = np.asarray(images, np.uint8)
        self.labels = np.asarray(labels, np.int64)

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        """(image, label) for a whole number; (images, labels) for a slice or an array of numbers."""
        return self.images[index], self.labels[index]

    def __getitems__(self, indices):
        """(images, labels) for an array of numbers: a whole batch in one copy, for a loader."""
        return self.images[indices], self.labels[indices]

    def __repr__(self):
        return f"{type(self).__name__}: {len(self):,} images {self.images.shape[1:]}"
