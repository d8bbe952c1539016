"""Takes the length of a row for the number of samples."""
# cell: dataset
# says: len\(data\), five pictures
# replace:
        return len(self.arrays[0])
# by:
        return len(self.arrays[0][0])
