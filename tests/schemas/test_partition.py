from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from kafka.partitioner.default import murmur2

from schemas.partition import partition_of, partitions_of


@given(st.lists(st.uuids(), min_size=1), st.integers(1, 64))
def test_a_column_of_keys_agrees_with_the_client(ids: list[UUID], partitions: int) -> None:
    """Every key, by itself or among others, lands in the partition that a Kafka client's murmur2 gives it."""
    keys = [str(report_id).encode() for report_id in ids]
    expected = [(murmur2(key) & 0x7FFFFFFF) % partitions for key in keys]
    assert partitions_of(keys, partitions).tolist() == expected
    assert [partition_of(key, partitions) for key in keys] == expected


def test_the_java_clients_answer_is_kept() -> None:
    """The partition of a known key never changes between releases."""
    assert partition_of(b"00000000-0000-0000-0000-000000000000", 8) == (
        (murmur2(b"00000000-0000-0000-0000-000000000000") & 0x7FFFFFFF) % 8
    )
