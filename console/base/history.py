"""What admin pages share whose writes are entered into the history by `foundation.audit_log`."""

from django.contrib.admin.models import LogEntry


class TellsDifferences:
    """For a ModelAdmin: its history says what became of what, the newest change first."""

    def log_addition(self, request, obj, message):
        """Entered where it was created."""

    def log_change(self, request, obj, message):
        """Entered where it was changed."""

    def get_paginator(self, request, queryset, *args, **kwargs):
        if queryset.model is LogEntry:
            queryset = queryset.order_by("-action_time", "-id")
        return super().get_paginator(request, queryset, *args, **kwargs)
