"""Sample i of the subset is sample i of the whole."""
# cell: split
# says: labels of Subset\(data, \[9, 0, 4\]\)
# replace:
        return self.dataset[int(self.indices[index])]
# by:
        return self.dataset[int(index)]
