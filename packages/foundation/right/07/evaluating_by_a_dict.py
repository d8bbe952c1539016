"""The flags in a dict, and no_grad outside."""
# cell: evaluating
# function: evaluating
before = {module: module.training for name, module in model.named_modules()}
with no_grad():
    model.eval()
    try:
        yield
    finally:
        for module in before:
            module.training = before[module]
