"""PyTorch's `torch.utils`: `tinytorch.utils.data` and `tinytorch.utils.checkpoint`."""
