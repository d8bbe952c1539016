"""The size of the first artefact in place of all."""
# cell: implied
# says: valid fields
# replace:
sum(file["bytes"] for file in values["artefacts"])
# by:
values["artefacts"][0]["bytes"]
