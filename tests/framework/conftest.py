"""Settings of the tests of the framework by itself."""

from generated import load_profiles

load_profiles(examples=30)
