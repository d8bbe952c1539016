"""Does not put back the state of the random generator."""
# cell: state
# says: to the last bit
# replace:
        rng.bit_generator.state = saved["generator"]
# by:

