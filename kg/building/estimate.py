"""How many records there are: not known before the last is read, so told from the bytes that have been read."""

from kg.sources.intake import Intake


class Estimate:
    """The number of records in the inputs, estimated until all are read."""

    def __init__(self, intake: Intake, size: int) -> None:
        """Take what counts the bytes that are read, and how many there are."""
        self._intake, self._size = intake, size
        self._told: tuple[int, int] | None = None

    def total(self, done: int, read: int) -> int | None:
        """Return the estimate when `read` records have been read and `done` of them are done.

        It is more than `done`, since reading goes on, and moves so that the share that is done
        never falls. None before the bytes say anything.
        """
        part = min(self._intake.read, self._size)
        if not part or not done:
            return None
        total = read * self._size // part
        if self._told is not None:
            done_before, total_before = self._told
            total = min(total, done * total_before // done_before)
        total = max(total, done + 1)
        self._told = done, total
        return total
