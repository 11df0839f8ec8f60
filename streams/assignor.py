"""Who counts which partitions: Faust's assignor, which the group's leader runs, held to the partitions that there are.

A broker that has just started may tell of the cluster before it knows its topics. From that, Faust would assign
nothing to anybody, and nothing would make the group assign anew: all would look well, and nobody would count.
"""

from typing import Any

from faust.assignor import PartitionAssignor

from streams.fault import stop_at_once


class UnknownPartitionsError(Exception):
    """The cluster, as this worker knows it, lacks partitions that the group must share out."""


class WholeAssignor(PartitionAssignor):  # type: ignore[misc]  # Faust ships no types
    """Assigns every partition of the app's topic, or ends the worker: the one started next asks the cluster again."""

    def _perform_assignment(self, cluster: Any, member_metadata: Any) -> Any:  # noqa: ANN401 (Faust's own signature)
        topic, wanted = self.app.partitions.topic, self.app.partition_count
        known = len(cluster.partitions_for_topic(topic) or ())
        if known != wanted:
            said = f"the cluster seems to have {known} partitions of {topic}, {wanted} expected"
            stop_at_once("assignment", UnknownPartitionsError(said))
        return super()._perform_assignment(cluster, member_metadata)
