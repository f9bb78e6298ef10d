"""P5: the list of labels, beside Django's admin list of the same rows with the same columns and filters."""

import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench.admin import Labels
from bench.figures import Figure, in_turn, medians, scaled
from bench.remote import sandbox
from bench.rows import connected, person
from labels.models import RetentionLabel
from portal.changes.tasks import synchronise
from portal.mirror.models import Cause
from portal.tenants.models import Role, Tenant

FEW, MANY = scaled(1_000), scaled(10_000, least=100)
ROUNDS = 15
ADMIN = "/admin/labels/retentionlabel/"


def measure(folder: Path) -> Iterator[Figure]:
    tenants = {count: _with_labels(count) for count in (FEW, MANY)}
    browser = signed_in(Role.AUTHOR, Role.APPROVER, tenants=list(tenants.values()))
    pages = dict(_pages(browser, tenants))
    queries = {name: _count(page) for name, page in pages.items()}
    took = medians(in_turn(ROUNDS, pages, time.process_time))
    for count in (FEW, MANY):
        ours, theirs = (took[f"{name} {count}"] * 1000 for name in ("list", "admin"))
        yield Figure("P5", f"label list, {count:,} rows", "admin list, same rows", ours, theirs, "ms of CPU", 0.5)
    few, many = (took[f"list {count}"] * 1000 for count in (FEW, MANY))
    yield Figure("P5", f"label list, {MANY:,} rows", f"label list, {FEW:,} rows", many, few, "ms of CPU", 1.2)
    few, many = (float(queries[f"list {count}"]) for count in (FEW, MANY))
    yield Figure("P5", f"label list, {MANY:,} rows", f"label list, {FEW:,} rows", many, few, "queries", 1.0)
    yield Figure("P5", f"label list, {MANY:,} rows", "admin list, same rows", many, queries[f"admin {MANY}"], "queries")


def signed_in(*roles: Role, tenants: list[Tenant]) -> Client:
    """Somebody's browser, without the network."""
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(person(*roles, tenants=tenants), backend="portal.tenants.backends.Local")
    return client


def opened(browser: Client, address: str) -> None:
    """One page. Raises RuntimeError if it is not the page that was asked for."""
    answer = browser.get(address)
    if answer.status_code != 200:
        raise RuntimeError(f"{address} answered {answer.status_code}")


def _with_labels(count: int) -> Tenant:
    with sandbox(labels=count, page_size=1_000) as root:
        tenant = connected(root)
        synchronise(tenant, cause=Cause.COMMAND)
    if RetentionLabel.objects.filter(tenant=tenant).count() != count:
        raise RuntimeError("The rows to be listed are not there.")
    return tenant


def _pages(browser: Client, tenants: dict[int, Tenant]) -> Iterator[tuple[str, Callable[[], None]]]:
    for count, tenant in tenants.items():
        yield f"list {count}", partial(opened, browser, f"/t/{tenant.slug}/labels/")
        yield f"admin {count}", partial(_admin_opened, browser, tenant)


def _admin_opened(browser: Client, tenant: Tenant) -> None:
    Labels.tenant = tenant.slug
    opened(browser, ADMIN)


def _count(page: Callable[[], None]) -> int:
    page()  # sessions and caches
    with CaptureQueriesContext(connection) as captured:
        page()
    return len(captured)
