"""Puts the generator itself into the state, which no file can hold."""
# cell: trainer
# says: cannot save
# says: generator
# replace:
            "generator": rng.bit_generator.state,
# by:
            "generator": rng,
