from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import ProjectState


class AddIndexBesideWriters(migrations.AddIndex):
    """Adds an index without keeping writers out; only PostgreSQL has to be told so.

    One that was cut off there leaves an index that is not valid, and is begun anew.
    """

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        if schema_editor.connection.vendor != "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        model = to_state.apps.get_model(app_label, self.model_name)
        name = schema_editor.quote_name(self.index.name)
        schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
        sql = self.index.create_sql(model, schema_editor, concurrently=True)
        schema_editor.execute(sql, params=None)


class Migration(migrations.Migration):
    # PostgreSQL builds no index beside writers within a transaction.
    atomic = False

    dependencies = [
        ("tracking", "0019_fill_left_by_age"),
    ]

    operations = [
        AddIndexBesideWriters(
            model_name="contactopens",
            index=models.Index(
                fields=["group_id", "best_kind", "contact_id"], name="contact_opens_kind"
            ),
        ),
    ]
