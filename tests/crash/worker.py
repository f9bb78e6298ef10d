"""A real Celery worker that takes one doorbell and ends; with `die_at` it ends by os._exit at that crash point."""

import os
from typing import Any

import celery.apps.worker
import celery.bin.celery
import celery.concurrency.solo
import celery.worker.components
import celery.worker.consumer  # noqa: F401
from celery.signals import task_postrun, worker_ready
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from portal.celery import app
from portal.doorbell import ring
from portal.graph import client, wire
from portal.tenants.models import Tenant

DIED = 77
# A worker of this many lives is started often: no checks of the whole project, no waiting between looks at the queue.
os.environ["CELERY_SKIP_CHECKS"] = "true"
app.conf.broker_transport_options = {**app.conf.broker_transport_options, "polling_interval": 0.01}
app.loader.import_default_modules()
worker_ready.disconnect(dispatch_uid="portal.celery.look_at_once")  # one doorbell, and no other


class Countdown:
    """Counts crash points and ends the process at one of them."""

    def __init__(self, die_at: int) -> None:
        self.left = die_at

    def __call__(self) -> None:
        self.left -= 1
        if self.left == 0:
            os._exit(DIED)


def work(*, die_at: int) -> None:
    """Ring, and be the worker that answers. Never returns by itself while a task runs."""
    ring(Tenant.objects.get().pk)
    connection.close()
    point = Countdown(die_at)
    _at_statements(point)
    _at_commits(point)
    _at_http(point)
    task_postrun.connect(lambda **_: os._exit(0), weak=False)
    # One thread, one task: what this process does, it does here.
    app.worker_main(["--quiet", "worker", "-P", "solo", "-l", "critical", "--without-gossip", "--without-mingle"])


def _at_statements(point: Countdown) -> None:
    def counted(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        point()
        return execute(sql, params, many, context)

    connection.execute_wrappers.append(counted)


def _at_commits(point: Countdown) -> None:
    """Just before and just after every commit: between them lies what a power cut would decide."""
    commit = BaseDatabaseWrapper._commit

    def counted(self: BaseDatabaseWrapper) -> Any:
        point()
        done = commit(self)
        point()
        return done

    BaseDatabaseWrapper._commit = counted


def _at_http(point: Countdown) -> None:
    """Before a request leaves, and when its answer has arrived but nothing was done about it."""
    exchange = wire.exchange

    def counted(*args: Any, **kwargs: Any) -> Any:
        point()
        response = exchange(*args, **kwargs)
        point()
        return response

    client.exchange = counted
