"""What a complete listing of a tenant asks for: every kind, labels once for each navigation property."""

TEMPLATES = ("authorities", "categories", "citations", "departments", "filePlanReferences")
EVENT_TYPES = "security/triggerTypes/retentionEventTypes"
LABELS = "security/labels/retentionLabels"
EXPANSIONS = ("retentionEventType", "descriptors")


def subcategories(category: str) -> str:
    return f"security/labels/categories/{category}/subcategories"


def at_top() -> list[str]:
    """Every listing that does not depend on another one."""
    templates = [f"security/labels/{name}" for name in TEMPLATES]
    return [EVENT_TYPES, *templates, *(f"{LABELS}?$expand={option}" for option in EXPANSIONS)]
