"""Settings of the tests against PyTorch."""

import torch
from generated import load_profiles

load_profiles(examples=60)
torch.set_num_threads(1)  # the tensors are tiny
