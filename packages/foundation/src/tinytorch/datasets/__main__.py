"""Download a dataset: python -m tinytorch.datasets mnist|cifar10."""

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
    return 0


if __name__ == "__main__":
    sys.exit(main())
