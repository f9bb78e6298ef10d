import re

from django import forms

from portal.web.widgets import Chips, Picker, Radios


class LabelForm(forms.Form):
    name = forms.CharField(label="Label name", max_length=64, help_text="Say <b>what</b> it is.")
    keep = forms.ChoiceField(
        label="Keep the item",
        choices=[("retain", "Retain"), ("record", "Retain as a record")],
        widget=Radios(consequences={"retain": "Users may edit."}, impossible={"record": "Not for this label."}),
    )
    reviewers = forms.CharField(label="Reviewers", required=False, widget=Chips(most=10))
    citation = forms.CharField(label="Citation", widget=Picker(options=lambda: [("Act 1980", "UK")]))
    then = forms.ChoiceField(label="Then", choices=[("", "None"), ("x", "<Delete>")])
    read = forms.BooleanField(label="I have read it")

    name.counted = True
    reviewers.counted = True


def group(field, data=None):
    return " ".join(LabelForm(data)[field].as_field_group().split())


def test_field_says_hint_then_error_then_control():
    html = group("name", {"name": ""})

    places = [html.index(part) for part in ("<label", "id_name_helptext", 'id="id_name_error"', "<input")]
    assert places == sorted(places)


def test_field_is_described_by_hint_and_error():
    html = group("name", {"name": ""})

    assert 'aria-describedby="id_name_helptext id_name_error"' in html
    assert 'aria-invalid="true"' in html


def test_field_escapes_its_hint():
    assert "<b>" not in group("name")


def test_field_counts_against_its_limit():
    assert 'data-most="64"' in group("name")
    assert 'data-most="10"' in group("reviewers")


def test_field_names_what_is_optional():
    assert "optional" in group("reviewers")
    assert "optional" not in group("name")


def test_radios_stand_in_a_fieldset_that_links_reach():
    html = group("keep", {"name": "x"})

    assert re.search(r'<fieldset class="field"[^>]* id="id_keep"', html)
    assert 'aria-describedby="id_keep_error"' in html


def test_radios_tell_the_consequence_and_why_not():
    html = group("keep")

    assert '<span class="choice-second">Users may edit.</span>' in html
    assert "Not for this label." in html
    assert len(re.findall(r"<input[^>]* disabled", html)) == 1


def test_picker_is_a_plain_datalist_without_script():
    html = group("citation")

    assert 'list="id_citation_list"' in html
    assert '<option value="Act 1980" label="UK">' in html


def test_select_escapes_its_options():
    assert "&lt;Delete&gt;" in group("then")


def test_checkbox_has_its_label_behind():
    html = group("read")

    assert html.index("<input") < html.index("I have read it")
