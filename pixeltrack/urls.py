"""All routes of PixelTrack."""

from django.contrib import admin
from django.urls import include, path, re_path
from rest_framework.routers import SimpleRouter
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken

from api import auth, consents, contacts, imports, inactive, merge_list
from api import campaigns as campaigns_api
from api import discounts as discounts_api
from api import tracking as tracking_api
from api.base import docs
from console.accounts import pages as accounts
from console.base import library_lists
from console.components import page as components
from console.discounts import performance as discount_performance
from console.discounts import simulate as discount_simulation
from console.home import page as dashboard
from console.person import page as person
from console.report import page as admin_report
from console.report_links import page as report_links
from foundation import url_paths
from pixeltrack import health
from pixeltrack.metrics_view import metrics
from tracking.door import django_view as tracking_views

url_paths.register()
# Pages register themselves.
admin.autodiscover()

# Their pages contain refresh tokens, which let anyone sign in.
admin.site.unregister((OutstandingToken, BlacklistedToken))
accounts.register(admin.site)
library_lists.register(admin.site)

router = SimpleRouter()
# With and without a trailing slash, also for POST: nothing is redirected.
router.trailing_slash = "/?"
router.register("email-campaigns", campaigns_api.EmailCampaigns, basename="email-campaign")
router.register(
    r"email-campaigns/(?P<campaign>[^/.]+)/imports",
    imports.ContactImports,
    basename="contact-import",
)
router.register("groups", campaigns_api.Groups, basename="group")
router.register("contacts", contacts.Contacts, basename="contact")
router.register("pixels", tracking_api.Pixels, basename="pixel")
router.register("opens", tracking_api.Opens, basename="open")
router.register("customers", discounts_api.Customers, basename="customer")
router.register("campaigns", discounts_api.DiscountCampaigns, basename="discount-campaign")

api = [
    re_path(r"^auth/token/?$", auth.Token.as_view(), name="token"),
    re_path(r"^auth/refresh/?$", auth.Refresh.as_view(), name="token-refresh"),
    re_path(r"^auth/verify/?$", auth.Verify.as_view(), name="token-verify"),
    re_path(r"^auth/logout/?$", auth.Logout.as_view(), name="logout"),
    re_path(
        r"^email-campaigns/(?P<pk>[^/.]+)/report/?$",
        tracking_api.CampaignReport.as_view(),
        name="campaign-report",
    ),
    re_path(
        r"^email-campaigns/(?P<pk>[^/.]+)/merge-list/?$",
        merge_list.MergeList.as_view(),
        name="merge-list",
    ),
    re_path(r"^consents/?$", consents.Consents.as_view(), name="consents"),
    re_path(r"^inactive/?$", inactive.InactivePeople.as_view(), name="inactive"),
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
    path("admin/components/", admin.site.admin_view(components.components), name="components"),
    path("admin/campaigns/campaign/<id:campaign_id>/report/", include(admin_report.urls())),
    path("admin/", admin.site.admin_view(dashboard.home)),
    path("admin/", admin.site.urls),
    re_path(r"^privacy/(?P<token>.*)$", person.person_page, name="privacy"),
    re_path(r"^reports/(?P<token>.*)$", report_links.shared_report, name="shared-report"),
    path("pixel/<path:name>", tracking_views.pixel, name="pixel"),
]

handler400 = "api.base.errors.bad_request"
handler403 = "api.base.errors.permission_denied"
handler404 = "api.base.errors.not_found"
handler500 = "api.base.errors.server_error"
