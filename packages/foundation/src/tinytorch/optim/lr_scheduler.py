"""PyTorch's `torch.optim.lr_scheduler`: the schedule of module 07, and two that are one line each."""

import importlib


class Schedule:
    """Sets the learning rate of each group to its first one times `factor(number of steps)`."""

    def __init__(self, optimizer):
        self.optimizer, self.last_epoch = optimizer, 0
        for group in optimizer.param_groups:
            group.setdefault("initial_lr", group["lr"])

    def factor(self, t):
        raise NotImplementedError

    def step(self):
        self.last_epoch += 1
        for group in self.optimizer.param_groups:
            group["lr"] = group.setdefault("initial_lr", group["lr"]) * self.factor(self.last_epoch)

    def get_last_lr(self):
        return [group["lr"] for group in self.optimizer.param_groups]

    def state_dict(self):
        return {"last_epoch": self.last_epoch}

    def load_state_dict(self, saved):
        self.last_epoch = saved["last_epoch"]


class StepLR(Schedule):
    """The rate times gamma every step_size steps, as `torch.optim.lr_scheduler.StepLR`."""

    def __init__(self, optimizer, step_size, gamma=0.1):
        super().__init__(optimizer)
        self.step_size, self.gamma = step_size, gamma

    def factor(self, t):
        return self.gamma ** (t // self.step_size)


class LambdaLR(Schedule):
    """The rate times lr_lambda(step), as `torch.optim.lr_scheduler.LambdaLR`."""

    def __init__(self, optimizer, lr_lambda):
        self.factor = lr_lambda
        super().__init__(optimizer)
        self.last_epoch = -1
        self.step()


def __getattr__(name):
    if name == "CosineAnnealingLR":
        return importlib.import_module("tinytorch.training").CosineAnnealingLR
    from tinytorch._names.absent import refuse

    raise refuse(__name__, name)
