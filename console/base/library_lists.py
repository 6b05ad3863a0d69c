"""Lists of rows that libraries keep: sign-ins and background jobs, in words."""

from axes.admin import AccessAttemptAdmin, AccessFailureLogAdmin, AccessLogAdmin
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib import admin
from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django_tasks.base import TaskResultStatus
from django_tasks_db.admin import DBTaskResultAdmin
from django_tasks_db.models import DBTaskResult

from console.base.lists import ChoiceFilter

# What they come from says the rest: each is counted by who and where.
WHO = ("username", "at", "ip_address", "user_agent")


class ByWhom(admin.ModelAdmin):
    """Sign-ins, as they came: a name may be anything that was typed."""

    list_display = [*WHO]
    list_display_links = ["at"]
    list_filter = ["attempt_time"]
    sortable_by = ["at"]
    date_hierarchy = None

    @admin.display(ordering="attempt_time")
    def at(self, row: AccessLog | AccessAttempt | AccessFailureLog) -> object:
        return row.attempt_time


class SignIns(ByWhom, AccessLogAdmin):
    list_display = [*WHO, "until"]

    @admin.display(description="signed out")
    def until(self, row: AccessLog) -> object:
        return row.logout_time


class FailedSignIns(ByWhom, AccessAttemptAdmin):
    list_display = [*WHO, "failures_since_start"]
    number_columns = ["failures_since_start"]


class SignInFailures(ByWhom, AccessFailureLogAdmin):
    list_display = [*WHO, "then"]

    @admin.display(description="then")
    def then(self, row: AccessFailureLog) -> str | None:
        return "locked out" if row.locked_out else None


class JobStateFilter(ChoiceFilter):
    title = "state"
    parameter_name = "status__exact"
    words = {status.value: str(status.label) for status in TaskResultStatus}


class Jobs(DBTaskResultAdmin):
    sortable_by = ()

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        return ("job", "status", "enqueued_at", "started_at", "finished_at")

    def get_list_filter(self, request: HttpRequest) -> tuple[type[JobStateFilter], ...]:
        return (JobStateFilter,)

    @admin.display
    def job(self, row: DBTaskResult) -> str:
        return row.task_name.replace("_", " ").capitalize()


def register(site: AdminSite) -> None:
    """Replace the libraries' own lists with these."""
    own = {AccessLog: SignIns, AccessAttempt: FailedSignIns, AccessFailureLog: SignInFailures}
    for model, page in {**own, DBTaskResult: Jobs}.items():
        site.unregister(model)
        site.register(model, page)
