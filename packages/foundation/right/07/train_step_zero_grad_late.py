"""Drops the old gradients only before the backward pass."""
# cell: train-step
# function: train_step
prediction = model(x)
loss = loss_fn(prediction, y)
value = float(loss)
check_loss(value, where)
optimizer.zero_grad()
loss.backward()
if max_norm is not None:
    clip_grad_norm_(list(model.parameters()), max_norm)
optimizer.step()
return value
