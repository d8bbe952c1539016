"""The competition: submissions are verified and stand on a board."""
