"""Macros for ``parse_xml``: a fold over the tokens of the text, with a stack of open elements.

The trap: text that is no well-formed XML gives null as a whole, so the fold carries ``ok`` along
and the end asks whether every element was closed.
"""

from __future__ import annotations

from collections.abc import Mapping

#: Comments, CDATA, instructions, declarations, tags, text, and a ``<`` that begins none of these.
_PIECE = (
    r"(?s)<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>|<![A-Za-z][^>]*>"
    r"|</?[A-Za-z_:](?:[^<>\"''/]|/[^>]|\"[^\"<]*\"|''[^''<]*'')*/?>|[^<]+|<"
)
_ATTRIBUTE = r"(?s)\s([^\s=<>/\"'']+)\s*=\s*(?:\"([^\"]*)\"|''([^'']*)'')"
#: As long as what the documentation allows.
_LONGEST = 1_048_576

MACROS: Mapping[str, str] = {
    "xml_entity(e)": (
        "CASE e WHEN '&lt;' THEN '<' WHEN '&gt;' THEN '>' WHEN '&amp;' THEN '&' WHEN '&quot;' THEN"
        " '\"' WHEN '&apos;' THEN '''' ELSE coalesce(chr(coalesce("
        "TRY_CAST(regexp_extract(e, '^&#([0-9]+);$', 1) AS INTEGER),"
        " TRY_CAST('0x' || nullif(regexp_extract(e, '^&#x([0-9a-fA-F]+);$', 1), '') AS INTEGER))),"
        " e) END"
    ),
    "xml_text(t)": (
        "CASE WHEN contains(t, '&') THEN kql.joined(list_transform("
        "regexp_extract_all(t, '(?s)&#?\\w+;|[^&]+|&'), lambda e: kql.xml_entity(e)), '')"
        " ELSE t END"
    ),
    # A text that is a plain number becomes one.
    "xml_scalar(t0)": (
        "list_transform([trim(t0, chr(9) || chr(10) || chr(13) || ' ')], lambda t: CASE"
        " WHEN regexp_full_match(t, '-?(0|[1-9][0-9]{0,17})([.][0-9]+)?') THEN t::JSON"
        " WHEN t = '' THEN 'null'::JSON ELSE to_json(kql.xml_text(t)) END)[1]"
    ),
    "xml_attributes(tag)": (
        f"list_transform(regexp_extract_all(tag, '{_ATTRIBUTE}'), lambda a: {{'k': '@' ||"
        f" regexp_extract(a, '{_ATTRIBUTE}', 1), 'v': to_json(kql.xml_text("
        f"regexp_extract(a, '{_ATTRIBUTE}', 2) || regexp_extract(a, '{_ATTRIBUTE}', 3)))}})"
    ),
    "xml_grouped(kids)": (
        "to_json(map_from_entries(list_transform(kql.first_seen(list_transform(kids, lambda e:"
        " e.k)), lambda n: {'k': n, 'v': list_transform([list_transform(list_filter(kids,"
        " lambda e: e.k = n), lambda e: e.v)], lambda vs: CASE WHEN len(vs) = 1 THEN vs[1]"
        " ELSE to_json(vs) END)[1]})))"
    ),
    "xml_element(f)": (
        "list_transform([kql.xml_scalar(f.t)], lambda t: CASE WHEN len(f.kids) = 0 THEN t"
        " ELSE kql.xml_grouped(CASE WHEN t = 'null'::JSON THEN f.kids"
        " ELSE list_append(f.kids, {'k': '#text', 'v': t}) END) END)[1]"
    ),
    "xml_name(tag)": r"regexp_extract(tag, '^</?([^\s<>/]+)', 1)",
    "xml_opened(s, tag)": (
        "list_append(s, {'n': kql.xml_name(tag), 'kids': kql.xml_attributes(tag), 't': ''})"
    ),
    # The stack after the topmost element has ended: it is a child of the one below it.
    "xml_closed(s)": (
        "list_append(s[:-3], {'n': s[-2].n, 'kids': list_append(s[-2].kids,"
        " {'k': s[-1].n, 'v': kql.xml_element(s[-1])}), 't': s[-2].t})"
    ),
    "xml_topped(s, x)": (
        "CASE WHEN starts_with(x, '</') THEN s WHEN starts_with(x, '<') THEN kql.xml_opened(s, x)"
        " ELSE list_append(s[:-2], {'n': s[-1].n, 'kids': s[-1].kids, 't': s[-1].t || x}) END"
    ),
    # A token opens an element, or adds a text to one; a tag that closes one does so after that.
    "xml_step(s, x)": (
        "CASE WHEN NOT s.ok OR starts_with(x, '<!') OR starts_with(x, '<?') THEN s"
        " WHEN x = '<' OR (starts_with(x, '</') AND (len(s.s) < 2"
        " OR s.s[-1].n <> kql.xml_name(x))) THEN {'ok': FALSE, 's': s.s}"
        " ELSE {'ok': TRUE, 's': list_transform([kql.xml_topped(s.s, x)], lambda o:"
        " CASE WHEN starts_with(x, '</') OR (starts_with(x, '<') AND ends_with(x, '/>'))"
        " THEN kql.xml_closed(o) ELSE o END)[1]} END"
    ),
    "xml_folded(t)": (
        f"list_reduce(regexp_extract_all(t, '{_PIECE}'), lambda s, x: kql.xml_step(s, x),"
        " {'ok': TRUE, 's': [{'n': '', 'kids': []::STRUCT(k VARCHAR, v JSON)[], 't': ''}]})"
    ),
    "parse_xml(t)": (
        f"CASE WHEN strlen(t) <= {_LONGEST} AND contains(t, '<') THEN list_transform("
        "[kql.xml_folded(t)], lambda d: CASE WHEN d.ok AND len(d.s) = 1 AND len(d.s[1].kids) = 1"
        " AND kql.xml_scalar(d.s[1].t) = 'null'::JSON"
        " THEN json_object(d.s[1].kids[1].k, d.s[1].kids[1].v) END)[1] END"
    ),
}
