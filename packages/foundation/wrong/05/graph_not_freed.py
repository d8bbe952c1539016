"""Does not free the graph, so a second backward() counts everything twice."""
# cell: backward
# says: second time|freed
# replace:
        edges, node.edges = node.edges, node.edges if retain_graph else None
# by:
        edges = node.edges
