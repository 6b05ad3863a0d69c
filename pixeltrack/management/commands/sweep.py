"""Deletes expired data and resumes what was interrupted, every minute.

A job that fails is logged and retried.
"""

import io
from collections.abc import Callable
from datetime import timedelta

import structlog
from axes.models import AccessAttempt
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import Error, close_old_connections
from django.utils import timezone
from prometheus_client import Gauge

from campaigns.report_links import remove_ended
from consent.proofs import remove_proofs
from contacts.imports import prepare
from contacts.imports.retention import forget_rejected
from contacts.imports.tasks import enqueue_import, enqueue_undo
from contacts.imports.undo.removing import resume_undos
from contacts.measured.changed_modes import follow_modes
from contacts.measured.decided import follow_decisions
from contacts.schedules.mixing import resume_mixings
from contacts.schedules.winner import schedule_interrupted
from contacts.tasks import enqueue_mixing
from discounts.campaigns.services import mark_expired
from discounts.idempotency import forget_keys
from discounts.metrics import budget_figures
from foundation import database_fit
from foundation.metrics.database import DatabaseFigures
from foundation.metrics.server import expose
from foundation.shutdown import Stop, stop_on_signals
from reports.verdict.storing import store_verdicts
from tracking import heartbeats
from tracking.ingest.backlog import audit_figures
from tracking.upkeep.prune import prune_changes, prune_opens, prune_shared_loads
from tracking.upkeep.unused_agents import remove_unused_agents

INTERVAL_SECONDS = 60
KEPT_LOGIN_ATTEMPTS = timedelta(days=1)
KEPT_LOGINS_DAYS = 90
# Defined here, so that no other process exposes a 0.
LAST_SUCCESS = Gauge(
    "sweep_last_success_timestamp_seconds",
    "When the sweep last ran and every job of it succeeded",
    multiprocess_mode="max",
)

log = structlog.get_logger(__name__)


def forget_login_attempts() -> None:
    """Failed sign-ins only count for minutes."""
    AccessAttempt.objects.filter(attempt_time__lt=timezone.now() - KEPT_LOGIN_ATTEMPTS).delete()


def forget_logins() -> None:
    call_command("axes_reset_logs", age=KEPT_LOGINS_DAYS, stdout=io.StringIO())


def forget_task_results() -> None:
    call_command("prune_db_task_results", queue_name="*", verbosity=0)


def forget_old_opens() -> None:
    if settings.OPEN_RETENTION_DAYS:
        prune_opens(now=timezone.now(), keep_days=settings.OPEN_RETENTION_DAYS)


def forget_proofs() -> None:
    """Decisions of people of whom no contact is left; what they refused stays."""
    remove_proofs(now=timezone.now(), years=settings.CONSENT_PROOF_YEARS)


def requeue_imports() -> None:
    """Resume imports whose worker died."""
    prepare.requeue_lapsed(enqueue=enqueue_import, now=timezone.now())


JOBS: dict[str, Callable[[], object]] = {
    "tokens": lambda: call_command("flushexpiredtokens"),
    "sessions": lambda: call_command("clearsessions"),
    "login_attempts": forget_login_attempts,
    "logins": forget_logins,
    "task_results": forget_task_results,
    "imports": requeue_imports,
    "undone_imports": lambda: resume_undos(enqueue=enqueue_undo, now=timezone.now()),
    "import_files": lambda: prepare.clear_away(now=timezone.now()),
    "rejected_rows": lambda: forget_rejected(now=timezone.now()),
    "old_opens": forget_old_opens,
    "group_changes": lambda: prune_changes(now=timezone.now()),
    "shared_loads": lambda: prune_shared_loads(now=timezone.now()),
    "report_links": lambda: remove_ended(now=timezone.now()),
    "user_agents": lambda: remove_unused_agents(now=timezone.now()),
    "expired_campaigns": lambda: mark_expired(now=timezone.now()),
    "idempotency_keys": lambda: forget_keys(now=timezone.now()),
    "decisions": lambda: follow_decisions(now=timezone.now()),
    "proofs": forget_proofs,
    "modes": lambda: follow_modes(now=timezone.now()),
    "verdicts": lambda: store_verdicts(now=timezone.now()),
    "winners": lambda: schedule_interrupted(now=timezone.now()),
    "mixings": lambda: resume_mixings(now=timezone.now(), enqueue=enqueue_mixing),
    "disk": lambda: heartbeats.sample_disk(now=timezone.now()),
}


class Command(BaseCommand):
    help = "Delete expired tokens, sessions, sign-ins, task results and old opens."
    # It must start, and wait, while the database is down.
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="run every job once and exit")

    def handle(self, *, once: bool, **options: object) -> None:
        expose(DatabaseFigures(audit_figures, budget_figures))
        database_fit.log_problems()
        with stop_on_signals() as stop:
            if once:
                run_jobs(stop)
            else:
                run_for_ever(stop)


def run_for_ever(stop: Stop) -> None:
    log.info("sweep_started", jobs=len(JOBS))
    while not stop.is_set():
        close_old_connections()
        run_jobs(stop)
        stop.wait(INTERVAL_SECONDS)
    log.info("sweep_stopped")


def run_jobs(stop: Stop) -> None:
    """Run each job, even if others fail, until told to stop."""
    failed = False
    for name, job in JOBS.items():
        if stop.is_set():
            return
        try:
            job()
        except Exception:
            failed = True
            log.exception("sweep_failed", job=name)
    if not failed:
        LAST_SUCCESS.set_to_current_time()
        _note_success()


def _note_success() -> None:
    try:
        heartbeats.note_seen("sweep", now=timezone.now())
    except Error:
        log.exception("sweep_not_recorded")
