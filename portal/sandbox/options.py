"""Where the contract leaves a choice open: strict unless said otherwise."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Options:
    page_size: int = 100
    latency_ms: int = 0
    ignores_query_options: bool = False
    """`$filter`, `$top` and their like are ignored instead of refused."""
    joined_expand: bool = False
    """Several navigation properties may be expanded at once (contract question 7)."""
    app_reads_labels: bool = False
    """App-only tokens may read labels (contract section 2.2)."""
    stage_writes: bool = False
    """Disposition stages may be written one by one (contract section 3.2)."""
    renames_event_types: bool = False
    """The display name of an event type may be patched (contract section 3.5)."""

    def lenient(self) -> "Options":
        """The same numbers, every choice answered the tolerant way."""
        return Options(
            page_size=self.page_size,
            latency_ms=self.latency_ms,
            ignores_query_options=True,
            joined_expand=True,
            app_reads_labels=True,
            stage_writes=True,
            renames_event_types=True,
        )
