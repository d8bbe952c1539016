"""Does not save the state of the random generator."""
# cell: state
# says: state of the random generator
# replace:
            "generator": rng.bit_generator.state,
# by:

