from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    name = "campaigns"
    verbose_name = "E-mail campaigns"

    def ready(self) -> None:
        # Registers them.
        from campaigns import checks  # noqa: F401
