"""Every route of PixelTrack."""

from django.contrib import admin
from django.urls import include, path, re_path
from rest_framework.routers import SimpleRouter
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken

from campaigns import api as campaigns_api
from campaigns import contact_api, import_api
from discounts import api as discounts_api
from discounts.admin import performance as discount_performance
from discounts.admin import simulate as discount_simulation
from pixeltrack import accounts, auth_api, dashboard, docs, health, paths
from pixeltrack.metrics_view import metrics
from tracking import admin_report, merge_api
from tracking import api as tracking_api
from tracking import views as tracking_views

paths.register()

# Their pages show refresh tokens, which sign in whoever reads them.
admin.site.unregister((OutstandingToken, BlacklistedToken))
accounts.register(admin.site)

router = SimpleRouter()
# With a slash at the end and without, POST included: nothing is redirected.
router.trailing_slash = "/?"
router.register("email-campaigns", campaigns_api.EmailCampaigns, basename="email-campaign")
router.register(
    r"email-campaigns/(?P<campaign>[^/.]+)/imports",
    import_api.ContactImports,
    basename="contact-import",
)
router.register("groups", campaigns_api.Groups, basename="group")
router.register("contacts", contact_api.Contacts, basename="contact")
router.register("pixels", tracking_api.Pixels, basename="pixel")
router.register("opens", tracking_api.Opens, basename="open")
router.register("customers", discounts_api.Customers, basename="customer")
router.register("campaigns", discounts_api.DiscountCampaigns, basename="discount-campaign")

api = [
    re_path(r"^auth/token/?$", auth_api.Token.as_view(), name="token"),
    re_path(r"^auth/refresh/?$", auth_api.Refresh.as_view(), name="token-refresh"),
    re_path(r"^auth/verify/?$", auth_api.Verify.as_view(), name="token-verify"),
    re_path(r"^auth/logout/?$", auth_api.Logout.as_view(), name="logout"),
    re_path(
        r"^email-campaigns/(?P<pk>[^/.]+)/report/?$",
        tracking_api.CampaignReport.as_view(),
        name="campaign-report",
    ),
    re_path(
        r"^email-campaigns/(?P<pk>[^/.]+)/merge-list/?$",
        merge_api.MergeList.as_view(),
        name="merge-list",
    ),
    re_path(r"^discounts/available/?$", discounts_api.Available.as_view(), name="available"),
    re_path(r"^discounts/apply/?$", discounts_api.Apply.as_view(), name="apply"),
    re_path(r"^discounts/cancel/?$", discounts_api.Cancel.as_view(), name="cancel"),
    re_path(
        r"^discounts/usage/(?P<customer_id>[^/.]+)/?$",
        discounts_api.History.as_view(),
        name="usage-history",
    ),
    *router.urls,
]

urlpatterns = [
    path("", health.root, name="root"),
    path("health", health.health, name="health"),
    path("metrics", metrics, name="metrics"),
    path("openapi.json", docs.Schema.as_view(), name="schema"),
    path("docs", docs.SwaggerPage.as_view(), name="docs"),
    path("redoc", docs.RedocPage.as_view(), name="redoc"),
    path("api/v1/", include(api)),
    path(
        "admin/discounts/discountcampaign/<id:discount_id>/performance/",
        admin.site.admin_view(discount_performance.performance),
        name="discount-campaign-performance",
    ),
    path(
        "admin/discounts/simulate/",
        admin.site.admin_view(discount_simulation.simulate),
        name="discount-simulate",
    ),
    path("admin/campaigns/campaign/<id:campaign_id>/report/", include(admin_report.urls())),
    path("admin/", admin.site.admin_view(dashboard.home)),
    path("admin/", admin.site.urls),
    path("pixel/<path:name>", tracking_views.pixel, name="pixel"),
]

handler400 = "pixeltrack.api_errors.bad_request"
handler403 = "pixeltrack.api_errors.permission_denied"
handler404 = "pixeltrack.api_errors.not_found"
handler500 = "pixeltrack.api_errors.server_error"
