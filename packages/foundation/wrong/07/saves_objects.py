"""Puts the generator itself into the state, which no file can hold."""
# cell: state
# says: cannot save
# says: generator
# replace:
            "generator": rng.bit_generator.state,
# by:
            "generator": rng,
