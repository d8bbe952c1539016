"""The local derivative of x * y by x is taken to be x."""
# cell: scalar
# says: its parents
# replace:
        return Scalar(self.value * other.value, [(self, other.value), (other, self.value)])
# by:
        return Scalar(self.value * other.value, [(self, self.value), (other, other.value)])
