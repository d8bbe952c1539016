"""Download a dataset: python -m tinytorch.datasets mnist|cifar10.

Exit code: 0 it is there, 1 interrupted, 2 it could not be fetched or is damaged.
"""

import argparse
import sys

from tinytorch.datasets import CIFAR10, MNIST

NAMES = {"mnist": MNIST, "cifar10": CIFAR10}


def main():
    parser = argparse.ArgumentParser(prog="python -m tinytorch.datasets", description="Download a dataset.")
    parser.add_argument("name", choices=NAMES)
    dataset = NAMES[parser.parse_args().name]
    try:
        for train in (True, False):
            print(f"{'to train on' if train else 'to test on'}: {dataset(train, download=True)}")
    except (OSError, ValueError) as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted. The same command goes on where it stopped.\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
