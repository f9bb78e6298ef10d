"""How far a run under way has come: the kinds are listed one after the other."""

from dataclasses import dataclass

from django.db.models import Count

from portal.mirror import kinds
from portal.mirror.models import SyncRun


@dataclass(frozen=True)
class SoFar:
    """What a run has listed: a count for each kind that it has reached, in the order they are listed."""

    listed: tuple[tuple[str, int], ...]
    kinds: int

    @property
    def objects(self) -> int:
        return sum(count for _plural, count in self.listed)

    @property
    def reached(self) -> int:
        """The number of the kind it lists now. One that holds nothing is passed over unseen."""
        return max(len(self.listed), 1)


def so_far(run: SyncRun) -> SoFar:
    """How far a run has come, in one query."""
    counted = dict(run.staged.order_by().values_list("kind").annotate(Count("pk")))
    every = kinds.listed()
    last = max((at for at, kind in enumerate(every) if kind.name in counted), default=-1)
    return SoFar(tuple((str(kind.plural), counted.get(kind.name, 0)) for kind in every[: last + 1]), len(every))
