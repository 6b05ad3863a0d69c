"""The tags that mail services fill in."""

import re

from contacts.pixels.merge_tags import merge_tags, page_tags


def test_each_service_gets_its_own_syntax():
    assert {
        tag.service: re.search('src="([^"]*)"', tag.html).group(1) for tag in merge_tags(2)
    } == {
        "Plain HTML": "PIXEL_2_URL",
        "Mailchimp": "*|PIXEL_2|*",
        "Brevo": "{{ contact.PIXEL_2 }}",
        "SendGrid": "{{pixel_2_url}}",
        "Klaviyo": "{{ person|lookup:'pixel_2_url' }}",
        "HubSpot": "{{ contact.pixel_2_url }}",
        "ActiveCampaign": "%PIXEL_2%",
        "listmonk": "{{ .Subscriber.Attribs.pixel_2_url }}",
        "Mailjet": "{{data:pixel_2_url}}",
        "MailerLite": "{$pixel_2_url}",
        "CleverReach": "{PIXEL_2}",
    }


def test_a_field_is_named_as_its_tag_names_it():
    assert all(tag.field in tag.html for tag in merge_tags(1))


def test_mailchimp_takes_ten_letters_at_most():
    [tag] = [tag for tag in merge_tags(10) if tag.service == "Mailchimp"]
    assert len(tag.field) <= 10


def test_plain_html_says_which_column_to_fill_in():
    tag = merge_tags(3)[0]
    assert (tag.service, "pixel_3_url" in tag.help) == ("Plain HTML", True)


def test_the_link_to_the_persons_page_has_the_same_syntax():
    links = {tag.service: re.search('href="([^"]*)"', tag.html).group(1) for tag in page_tags()}
    assert links == {
        "Plain HTML": "CONSENT_URL",
        "Mailchimp": "*|CONSENT|*",
        "Brevo": "{{ contact.CONSENT_URL }}",
        "SendGrid": "{{consent_url}}",
        "Klaviyo": "{{ person|lookup:'consent_url' }}",
        "HubSpot": "{{ contact.consent_url }}",
        "ActiveCampaign": "%CONSENT_URL%",
        "listmonk": "{{ .Subscriber.Attribs.consent_url }}",
        "Mailjet": "{{data:consent_url}}",
        "MailerLite": "{$consent_url}",
        "CleverReach": "{CONSENT_URL}",
    }
    assert all(tag.field in tag.html and len(tag.field) <= 11 for tag in page_tags())
    assert "consent_url" in page_tags()[0].help
