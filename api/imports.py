"""The API of contact imports: upload, progress and rejected rows."""

from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, status
from rest_framework.decorators import action
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from api.base.bearer import caller
from api.base.calls import StrictCall
from api.base.views import AcceptsAnyFormat, read_body
from api.shapes.imports import ImportSerializer, UploadSerializer
from campaigns.models import Campaign, ContactImport, ExportKind
from contacts.exports import GivenOut, recorded
from contacts.imports.prepare import ImportOptions, start_import
from contacts.imports.rejected import rejected_file, rejected_table
from contacts.imports.stopping import stop_import
from contacts.imports.stored_files import discard_import, receive_file
from contacts.imports.tasks import enqueue_import, enqueue_undo
from contacts.imports.undo.removing import start_undo, undo_in_words
from contacts.imports.upload_handler import ContactFileUpload
from foundation.audit_log import note
from foundation.csv_download import spreadsheet_download
from foundation.errors import DomainError, InvalidInput, NotFound

CAMPAIGN = OpenApiParameter("campaign", OpenApiTypes.INT64, OpenApiParameter.PATH)
MAY_DECIDE = "consent.add_decision"
NO_FORM = "Send a form with the file: multipart/form-data, as curl -F does."
NO_LENGTH = "Send the length of the form: its Content-Length is missing."


@extend_schema(parameters=[CAMPAIGN])
@extend_schema_view(
    list=extend_schema(summary="List a campaign's imports"),
    retrieve=extend_schema(summary="Show an import and how far it is"),
)
class ContactImports(StrictCall, mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet):
    """Imports of contact files into a campaign, newest first."""

    queryset = ContactImport.objects.all()
    serializer_class = ImportSerializer
    parser_classes = [MultiPartParser]
    content_negotiation_class = AcceptsAnyFormat
    filter_backends = []
    action_permissions = {
        "create": ["campaigns.add_contact", "tracking.add_pixel"],
        "rejected": ["campaigns.view_contactimport"],
        "stop": ["campaigns.add_contact", "tracking.add_pixel"],
        "undo": ["campaigns.delete_contact", "tracking.delete_pixel"],
    }

    def get_queryset(self) -> QuerySet[ContactImport]:
        return super().get_queryset().filter(campaign_id=self._campaign_id())

    @extend_schema(
        summary="Import contacts from a CSV file",
        request={"multipart/form-data": UploadSerializer},
        responses={202: ImportSerializer},
    )
    def create(self, request: Request, campaign: str) -> Response:
        """Imports the file in the background; request the import to see its progress.

        Columns are matched by their headers: email, name, group, scheduled_at, external_id, locale;
        and with the permission `consent.add_decision` consent_opens, consent_clicks, consent_at,
        consent_text and consent_proof. Valid rows become contacts with their pixels; rows identical
        to existing contacts are counted as unchanged, rows of a contact that the same file made as
        repeated; all others are rejected with their reasons.
        """
        campaign_id = self._campaign_id()
        file, options = _read_form(request)
        job = receive_file(
            campaign_id=campaign_id,
            chunks=file.chunks(),
            file_name=file.name or "",
            created_by=caller(request),
            now=timezone.now(),
        )
        try:
            job = start_import(
                import_id=job.id,
                options=options,
                enqueue=enqueue_import,
                now=timezone.now(),
            )
        except DomainError:
            discard_import(import_id=job.id)
            raise
        note(by=caller(request), rows=[job.campaign], sentence=f"Started import {job.id}.")
        return Response(self.get_serializer(job).data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(summary="Stop an import", request=None)
    @action(detail=True, methods=["post"])
    def stop(self, request: Request, campaign: str, pk: str) -> Response:
        """Stops one that waits or runs (else `not_running`); what was imported stays.

        Stopping twice changes nothing.
        """
        before = self.get_object()
        job = stop_import(import_id=before.id, now=timezone.now())
        if before.state != job.state:
            note(by=caller(request), rows=[job.campaign], sentence=f"Stopped import {job.id}.")
        return Response(self.get_serializer(job).data)

    @extend_schema(summary="Undo an import", request=None, responses={202: ImportSerializer})
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, campaign: str, pk: str) -> Response:
        """Removes the contacts that it made, with their pixels, in the background.

        Contacts of before and decisions about consent stay. It is refused (`not_undoable`) once one
        of its contacts fell due or was opened, while it or another import of the campaign runs, and
        in an archived campaign. Request the import to see how many are `removed`.
        """
        import_id = self.get_object().id
        job = start_undo(import_id=import_id, enqueue=enqueue_undo, now=timezone.now())
        note(by=caller(request), rows=[job.campaign], sentence=undo_in_words(job))
        return Response(self.get_serializer(job).data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(
        summary="Download the rejected rows as CSV",
        responses={(200, "text/csv"): OpenApiTypes.STR},
    )
    @action(detail=True, methods=["get"])
    def rejected(self, request: Request, campaign: str, pk: str) -> StreamingHttpResponse:
        """Each rejected row, complete, for 30 days: the file's columns and `problem`.

        Correct the rows and import this file: the column `problem` is ignored. It is UTF-8, with
        the file's own separator; cells that a spreadsheet would read as a formula begin with an
        apostrophe, which an import removes again.
        """
        job = self.get_object()
        given = GivenOut(job.campaign, ExportKind.REJECTED_ROWS, caller(request))
        table, separator = recorded(rejected_table(job), given), job.separator or ","
        return spreadsheet_download(table, name=rejected_file(job), separator=separator)

    def _campaign_id(self) -> int:
        """The campaign in the URL; raises NotFound."""
        text = self.kwargs["campaign"]
        if text.isascii() and text.isdigit() and len(text) < 20:
            campaign = Campaign.objects.filter(id=int(text)).only("id").first()
            if campaign is not None:
                return campaign.id
        raise NotFound("Campaign not found")


def _read_form(request: Request) -> tuple[UploadedFile, ImportOptions]:
    if request.headers.get("Transfer-Encoding"):
        raise InvalidInput(NO_LENGTH, code="no_length")
    request.upload_handlers = [ContactFileUpload(request)]
    try:
        asked = read_body(UploadSerializer(data=request.data))
    except UnsupportedMediaType:
        # All other bodies are JSON, as the default message says.
        raise UnsupportedMediaType(request.content_type, NO_FORM, code="no_form") from None
    file: UploadedFile = asked.pop("file")
    return file, ImportOptions(**asked, may_decide=caller(request).has_perm(MAY_DECIDE))
