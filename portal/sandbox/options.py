"""Where the contract leaves a choice open: strict unless said otherwise."""

from dataclasses import dataclass, replace


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
    unscoped_events: bool = False
    """An event may have no query (contract section 3.4)."""
    unique_event_names: bool = False
    """A second event of a name is refused (contract section 3.4: said of PowerShell, unknown of Graph)."""
    loose_batches: bool = False
    """Items of a batch may have absolute addresses and members nobody knows, which are ignored: Microsoft's client for
    Python sends every item so, with its `depends_on` among them (contract sections 6.2 and 7, T20)."""
    token_seconds: int = 3600
    """How long tokens of the stand-in for Microsoft's sign-in are valid; below it, its refresh tokens and codes."""
    refresh_seconds: int = 7_776_000
    code_seconds: int = 60
    device_seconds: int = 900
    device_interval: int = 5
    """How long a device is told to wait between two questions."""
    propagation_seconds: float = 60
    """How long an event takes to spread; half of it until its first status update."""
    propagation_ends: str = "success"
    """The step of `propagation.STEPS` it comes to."""

    def lenient(self) -> "Options":
        """Every choice between refusing and tolerating answered the tolerant way, the rest as it is."""
        return replace(
            self,
            ignores_query_options=True,
            joined_expand=True,
            app_reads_labels=True,
            stage_writes=True,
            renames_event_types=True,
            unscoped_events=True,
            loose_batches=True,
            unique_event_names=False,
        )
